use monograd::prelude::*;

network! {
    pub(everywhere) Net: [784] -> [10] { dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
