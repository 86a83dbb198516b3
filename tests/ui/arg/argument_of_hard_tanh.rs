use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(128), hard_tanh(2), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
