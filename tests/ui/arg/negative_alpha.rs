use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(64), elu(alpha = -1), dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
