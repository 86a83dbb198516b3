use monograd::prelude::*;

network! {
    pub Net: [7, 7, 4] -> [10] { adaptive_avg_pool2d(2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
