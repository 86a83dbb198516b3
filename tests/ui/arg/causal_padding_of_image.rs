use monograd::prelude::*;

network! {
    pub Net: [8, 8, 1] -> [6, 6, 2] { conv2d(2, kernel = 3, padding = causal) }
}

fn main() {
    let _net = Net::init(1);
}
