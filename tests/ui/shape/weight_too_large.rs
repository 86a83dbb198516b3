use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { dense(4_000_000), dense(4_000_000), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
