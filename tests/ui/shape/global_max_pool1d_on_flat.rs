use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { global_max_pool1d, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
