use monograd::prelude::*;

network! {
    pub Net: [20, 8] -> [20, 10] { gru(10, return_sequence = true, bidirectional = 2) }
}

fn main() {
    let _net = Net::init(1);
}
