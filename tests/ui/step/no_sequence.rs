use monograd::prelude::*;

network! {
    pub Net: [4] -> [2] { dense(8), relu, dense(2) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 4]);
}
