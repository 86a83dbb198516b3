use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { dense(10), prelu(0.25) }
}

fn main() {
    let _net = Net::init(1);
}
