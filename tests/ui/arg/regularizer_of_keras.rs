use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(64, kernel_regularizer = 0.01), relu, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
