use monograd::prelude::*;

network! {
    pub Net: [16] -> [10] { group_norm(16), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
