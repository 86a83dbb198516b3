use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { position_embedding, flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
