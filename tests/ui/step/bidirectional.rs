use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [8, 6] { lstm(3, return_sequences = true, bidirectional = true) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
