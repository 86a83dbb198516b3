use monograd::prelude::*;

network! {
    pub Net: [8, 8, 3] -> [8] { repeat(4) { conv2d(3, kernel = 9), residual { dense(3) } }, flatten, dense(8) }
}

fn main() {
    let _net = Net::init(1);
}
