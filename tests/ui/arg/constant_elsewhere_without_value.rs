use monograd::prelude::*;

const HIDDEN: usize = 64;

network! {
    pub Net<const HIDDEN: usize = crate::HIDDEN>: [784] -> [10] { dense(HIDDEN), relu, dense(10) }
}

fn main() {
    assert_eq!(HIDDEN, 64);
    let _net = Net::init(1);
}
