use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { dense(8), add(1) }
}

fn main() {
    let _net = Net::init(1);
}
