use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { crop2d(1), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
