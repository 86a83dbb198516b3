use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [8, 4] { conv1d(4, kernel = 3, padding = same), relu }
}

fn main() {
    let net = Net::init(1);
    net.step(&mut (), &[0.0; 2]);
}
