use monograd::prelude::*;

network! {
    pub Net: [28, 28, 3] -> [10] {
        max_pool2d(2, padding = 2), avg_pool2d(3, padding = (1, 5)),
        flatten, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
