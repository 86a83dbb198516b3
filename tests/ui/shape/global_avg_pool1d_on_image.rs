use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { global_avg_pool1d, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
