use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(16), global_max_pool2d, flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
