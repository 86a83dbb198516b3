use monograd::prelude::*;

network! {
    pub Net: [7, 7, 1] -> [10] { pad2d, flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
