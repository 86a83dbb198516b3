use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] { left: dense(3), from(left, input), relu }
}

fn main() {
    let _net = Net::init(1);
}
