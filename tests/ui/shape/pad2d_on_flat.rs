use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { pad2d(1), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
