use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { adaptive_max_pool2d(7), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
