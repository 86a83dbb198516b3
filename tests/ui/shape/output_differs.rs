use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(128), relu, dense(12), softmax }
}

fn main() {
    let _net = Net::init(1);
}
