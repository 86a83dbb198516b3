use monograd::prelude::*;

network! {
    pub Net: [20, 8] -> [10] { lstm(32, num_layers = 2), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
