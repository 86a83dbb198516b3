use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { reshape(28), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
