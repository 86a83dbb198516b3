use monograd::prelude::*;

network! {
    pub Net: [8] -> (policy: [4], value: [1]) { policy: dense(5), value: dense(1) }
}

fn main() {
    let _net = Net::init(1);
}
