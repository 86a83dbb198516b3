use monograd::prelude::network;

network! {
    [784] -> [10] { dense(10) }
}

fn main() {}
