use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { conv2d(8, kernel = 31), flatten, dense(12) }
}

fn main() {
    let _net = Net::init(1);
}
