use monograd::prelude::*;

network! {
    pub Net: [8, 8, 3] -> [6, 6, 7] { conv2d(4, kernel = 3), concat(input) }
}

fn main() {
    let _net = Net::init(1);
}
