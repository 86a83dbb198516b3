use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { stem: dense(8), repeat(2) { within: dense(8), add(stem) }, add(within) }
}

fn main() {
    let _net = Net::init(1);
}
