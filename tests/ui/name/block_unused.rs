use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block stage { dense(8), relu }, dense(8) }
}

fn main() {
    let _net = Net::init(1);
}
