use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { depthwise_conv2d(3), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
