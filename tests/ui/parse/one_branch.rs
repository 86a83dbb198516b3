use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { parallel(add) { { dense(8) } } }
}

fn main() {
    let _net = Net::init(1);
}
