use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width, width) { dense(width), relu }, stage(8) }
}

fn main() {
    let _net = Net::init(1);
}
