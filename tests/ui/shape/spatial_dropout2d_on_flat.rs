use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { spatial_dropout2d(0.5), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
