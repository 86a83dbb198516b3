use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [2] { conv1d(2, kernel = 2, padding = causal), max_pool1d(2), last }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
