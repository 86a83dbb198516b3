use monograd::prelude::*;

network! {
    pub Net: [8, 7, 4] -> [10] { adaptive_max_pool2d((2, 3)), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
