use monograd::prelude::*;

network! {
    pub Net: [7, 7, 1] -> [14, 14, 1] { upsample2d(2, mode = bilinaer) }
}

fn main() {
    let _net = Net::init(1);
}
