use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [2, 8] { permute([1, 0]) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
