use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        conv2d(8, kernel = 3), flatten, max_pool2d(2), flatten,
        avg_pool2d(2), flatten, global_avg_pool2d, dense(64), global_max_pool2d, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
