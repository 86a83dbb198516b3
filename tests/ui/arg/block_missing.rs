use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width, rate = 0.1) { dense(width), dropout(rate) }, stage }
}

fn main() {
    let _net = Net::init(1);
}
