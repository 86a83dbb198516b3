use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { body: Backbone -> [64], dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
