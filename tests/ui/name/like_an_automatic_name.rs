use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense2: dense(128), relu, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
