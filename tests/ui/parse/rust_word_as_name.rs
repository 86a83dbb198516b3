use monograd::prelude::network;

network! {
    pub enum: [784] -> [10] { dense(10) }
}

fn main() {}
