use monograd::prelude::*;

network! {
    pub Net: [784] -> (policy: [10], value: [1]) { dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
