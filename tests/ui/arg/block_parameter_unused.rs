use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width, rate) { dense(width), relu }, stage(8, 0.1) }
}

fn main() {
    let _net = Net::init(1);
}
