use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { capsule(32), relu, dense(64), conv2d(8, kernel = 3), flatten, dense(12), }
}

fn main() {
    let _net = Net::init(1);
}
