use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] { stem: dense(8), relu, add(stm), dense(3) }
}

fn main() {
    let _net = Net::init(1);
}
