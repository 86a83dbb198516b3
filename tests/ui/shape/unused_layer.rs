use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] { lost: dense(8), relu, from(input), dense(3) }
}

fn main() {
    let _net = Net::init(1);
}
