use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] {
        stem: dense(8), subtract(stme), maximum(later), later: relu, me: average(me), concat(nothing),
        dense(3),
    }
}

fn main() {
    let _net = Net::init(1);
}
