use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { body_1: dense(64), relu, body1: dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
