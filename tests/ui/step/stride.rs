use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [4, 4] { near: conv1d(4, kernel = 3, stride = 2, padding = causal) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
