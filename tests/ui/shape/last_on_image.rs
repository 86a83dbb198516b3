use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { last, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
