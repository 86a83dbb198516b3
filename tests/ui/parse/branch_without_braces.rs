use monograd::prelude::*;

network! {
    pub Net: [8] -> [16] { parallel(concat) { dense(8), { relu } } }
}

fn main() {
    let _net = Net::init(1);
}
