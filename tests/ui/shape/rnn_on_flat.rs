use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { rnn(10) }
}

fn main() {
    let _net = Net::init(1);
}
