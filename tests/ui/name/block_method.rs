use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block dot { dot: dense(8) }, graph: dot }
}

fn main() {
    let _net = Net::init(1);
}
