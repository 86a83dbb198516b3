use monograd::prelude::*;

network! {
    pub Net: (image: [28, 28, 1], [4]) -> [10] { flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
