use monograd::prelude::*;

network! {
    pub Net: [784] -> [1] { dense(1), softmax }
}

fn main() {
    let _net = Net::init(1);
}
