use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { mean_over_time, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
