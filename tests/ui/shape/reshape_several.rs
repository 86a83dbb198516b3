use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        reshape([28, 28, 3]), conv2d(8, kernel = 3), reshape([27, 27, 8]),
        flatten, dense(10), reshape([5, 3]), reshape([10]),
    }
}

fn main() {
    let _net = Net::init(1);
}
