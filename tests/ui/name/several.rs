use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] {
        init: dense(64), relu1: relu, a: dense(32), a: dense(16), Last: dens(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
