use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { block dense(units) { dense(units), relu }, dense(8) }
}

fn main() {
    let _net = Net::init(1);
}
