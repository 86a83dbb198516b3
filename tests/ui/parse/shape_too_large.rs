use monograd::prelude::*;

network! {
    pub Net: [1_000_000, 1_000_000, 3] -> [10] { flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
