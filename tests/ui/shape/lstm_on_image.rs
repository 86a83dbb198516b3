use monograd::prelude::*;

network! {
    pub Net: [28, 28, 3] -> [10] { lstm(10) }
}

fn main() {
    let _net = Net::init(1);
}
