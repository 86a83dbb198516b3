use monograd::prelude::*;

network! {
    pub Net: [8, 8, 6] -> [10] { group_norm(4), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
