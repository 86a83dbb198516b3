use monograd::prelude::*;

network! {
    pub Net: [8, 8, 1] -> [2] { flatten, dense(2) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 8]);
}
