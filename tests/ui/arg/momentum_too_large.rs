use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(64), batch_norm(momentum = 1.5), relu, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
