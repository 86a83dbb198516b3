use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { max_pool2d((2, 29)), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
