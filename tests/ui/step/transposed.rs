use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [16, 2] { conv1d_transpose(2, kernel = 2, stride = 2) }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
