use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [2] { global_max_pool1d }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
