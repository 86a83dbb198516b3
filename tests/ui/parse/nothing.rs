use monograd::prelude::network;

network! {
}

fn main() {}
