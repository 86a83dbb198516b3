use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage(width) {}, dense(8) }
}

fn main() {
    let _net = Net::init(1);
}
