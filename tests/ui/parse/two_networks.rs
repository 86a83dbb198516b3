use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(10) }
    pub Other: [10] -> [2] { dense(2) }
}

fn main() {
    let _net = Net::init(1);
}
