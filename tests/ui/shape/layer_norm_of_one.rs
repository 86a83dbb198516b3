use monograd::prelude::*;

network! {
    pub Net: [16, 1] -> [10] { layer_norm, flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
