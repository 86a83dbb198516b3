use monograd::prelude::*;

network! {
    pub Net<const HIDDEN: usize>: [784] -> [10] { dense(HIDDEN), relu, dense(10) }
}

fn main() {
    let _net = Net::<32>::init(1);
}
