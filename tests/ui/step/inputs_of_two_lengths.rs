use monograd::prelude::*;

network! {
    pub Net: (fast: [8, 2], slow: [4, 2]) -> [2] { last, end: dense(2), from(slow), last, add(end) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 4]);
}
