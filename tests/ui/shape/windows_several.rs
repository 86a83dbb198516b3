use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        conv2d(8, kernel = (31, 3)), max_pool2d((2, 27)), avg_pool2d(5),
        flatten, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
