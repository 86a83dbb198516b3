use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] { stem: dense(4), relu, dense(8), add(stem), dense(3) }
}

fn main() {
    let _net = Net::init(1);
}
