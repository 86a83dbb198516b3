use monograd::prelude::*;

network! {
    pub Net: [784] -> [10] { body: dense(128), relu, body: dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
