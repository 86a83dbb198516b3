use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width) { dense(width, unit = 3), relu }, stage, stage(8, 8), other: stage(16, depth = 2) }
}

fn main() {
    let _net = Net::init(1);
}
