use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage { dense(8) }, stage { relu } }
}

fn main() {
    let _net = Net::init(1);
}
