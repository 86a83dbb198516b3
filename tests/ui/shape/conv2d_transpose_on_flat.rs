use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { conv2d_transpose(8, kernel = 3), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
