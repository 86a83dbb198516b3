use monograd::prelude::*;

network! {
    pub Net<const HIDDEN: usize>: [784] -> [10] { dense(64), relu, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
