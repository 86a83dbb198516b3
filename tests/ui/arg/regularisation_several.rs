use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        conv2d(8, l1 = -1, l2 = 1e999), relu, max_pool2d(2, max_norm = 2),
        flatten, dense(10, max_norm = -3),
    }
}

fn main() {
    let _net = Net::init(1);
}
