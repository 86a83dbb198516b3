use monograd::prelude::*;

network! {
    pub Net: [16, 4] -> [10] { max_pool1d(2, padding = causal), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
