use monograd::prelude::*;

network! {
    pub Net: [4, 9, 8] -> [10] { separable_conv2d(8, kernel = 5), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
