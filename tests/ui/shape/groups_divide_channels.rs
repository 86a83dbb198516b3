use monograd::prelude::*;

network! {
    pub Net: [28, 28, 3] -> [10] { conv2d(8, kernel = 3, groups = 2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
