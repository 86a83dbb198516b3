use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(8) { dense(8) }, stage }
}

fn main() {
    let _net = Net::init(1);
}
