use monograd::prelude::*;

network! {
    pub Net: (board: [8], clock: [2]) -> [4] { dense(4) }
}

fn main() {
    let _net = Net::init(1);
}
