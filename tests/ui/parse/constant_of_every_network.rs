use monograd::prelude::*;

network! {
    pub Net<const MACS: usize = 64>: [784] -> [10] { dense(MACS), relu, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
