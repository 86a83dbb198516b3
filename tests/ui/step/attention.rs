use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [8, 2] { conv1d(2, kernel = 3, padding = causal), attention(2) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
