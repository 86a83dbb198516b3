use monograd::prelude::*;

network! {
    pub Net: [8] -> [4] { repeat(3) { dense(4), relu } }
}

fn main() {
    let _net = Net::init(1);
}
