use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { gru(32, return_sequences = true), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
