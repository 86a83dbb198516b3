use monograd::prelude::*;

network! {
    pub Net: [16, 4] -> [10] { avg_pool1d(20), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
