use monograd::prelude::*;

network! {
    pub Net: [16, 1] -> [10] { embedding(100, width = 8), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
