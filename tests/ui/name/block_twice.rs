use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage { dense(8), relu }, block stage { dense(8) }, stage }
}

fn main() {
    let _net = Net::init(1);
}
