use monograd::prelude::*;

network! {
    pub Net: [20, 8] -> [10] { rnn(10, activation = sigmoid) }
}

fn main() {
    let _net = Net::init(1);
}
