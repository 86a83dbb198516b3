use monograd::prelude::*;

network! {
    pub Net: [784] -> [2.5] { dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
