use monograd::prelude::*;

network! {
    pub Net: [28, 28] -> [784] { relu }
}

fn main() {
    let _net = Net::init(1);
}
