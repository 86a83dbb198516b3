use monograd::prelude::*;

network! {
    pub Net: [4, 8, 1] -> [10] { crop2d(0), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
