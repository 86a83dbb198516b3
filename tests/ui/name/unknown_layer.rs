use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { capsule(32), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
