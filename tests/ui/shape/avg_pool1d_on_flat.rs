use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { avg_pool1d(2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
