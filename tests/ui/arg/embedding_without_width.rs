use monograd::prelude::*;

network! {
    pub Net: [16] -> [16, 8] { embedding(100) }
}

fn main() {
    let _net = Net::init(1);
}
