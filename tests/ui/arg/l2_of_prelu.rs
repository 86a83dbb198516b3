use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(64), prelu(l2 = 0.1), dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
