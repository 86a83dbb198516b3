use monograd::prelude::*;

network! {
    pub Net: [4, 4, 8] -> [10] { depthwise_conv2d(5), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
