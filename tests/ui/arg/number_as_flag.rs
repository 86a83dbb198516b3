use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(10, bias = 0) }
}

fn main() {
    let _net = Net::init(1);
}
