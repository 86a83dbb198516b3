use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [8, 2] { repeat(2) { residual { instance_norm, dense(2) } } }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
