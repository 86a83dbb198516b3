use monograd::prelude::*;

network! {
    pub Net: [4] -> [4] { repeat(3) { }, dense(4), repeat(2) { from(dense1) } }
}

fn main() {
    let _net = Net::init(1);
}
