use monograd::prelude::*;

network! {
    pub Net: [28 * 28] -> [10] { dense(7 / 2), relu, dense(2 * WIDTH), dense(3 - 3), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
