use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        dense(10), softmax, relu, dense(10), log_softmax, log_softmax,
        dense(10), softmax, dropout(0.1), log_softmax,
    }
}

fn main() {
    let _net = Net::init(1);
}
