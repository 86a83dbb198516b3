use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width) { dense(width), relu }, stage(8), stage(0) }
}

fn main() {
    let _net = Net::init(1);
}
