use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { upsample2d(2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
