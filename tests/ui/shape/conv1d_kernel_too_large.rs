use monograd::prelude::*;

network! {
    pub Net: [128, 1] -> [10] { conv1d(8, kernel = 33, dilation = 4), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
