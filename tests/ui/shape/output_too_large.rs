use monograd::prelude::*;

network! {
    pub Net: [1000, 1000, 1] -> [10] { conv2d(4_000_000, kernel = 1), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
