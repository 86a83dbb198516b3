use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(16), avg_pool2d(2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
