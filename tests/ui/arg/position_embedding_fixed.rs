use monograd::prelude::*;

network! {
    pub Net: [16, 4] -> [16, 4] { position_embedding(sinusoidal, init = zeros) }
}

fn main() {
    let _net = Net::init(1);
}
