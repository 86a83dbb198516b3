use monograd::prelude::*;

network! {
    pub Net: [8] -> (policy: [4], policy: [4]) { policy: dense(4) }
}

fn main() {
    let _net = Net::init(1);
}
