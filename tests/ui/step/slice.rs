use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [4, 2] { dense(2), slice(4) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
