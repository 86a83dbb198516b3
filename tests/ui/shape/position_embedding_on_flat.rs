use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { position_embedding, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
