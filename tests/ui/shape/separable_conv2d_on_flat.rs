use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { separable_conv2d(8), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
