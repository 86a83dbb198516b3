use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [3] { conv1d(4, kernel = 3, padding = causal), relu, flatten, dense(3) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
