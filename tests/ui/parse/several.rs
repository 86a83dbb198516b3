use monograd::prelude::*;

network! {
    struct Net [784, 0] => [10] {
        dense(128); relu dense(64),,
        7, residual { relu },
    }
}

fn main() {
    let _net = Net::init(1);
}
