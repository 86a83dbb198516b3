use monograd::prelude::*;

network! { pub Net: [8] -> [8] { repeat(2) { layer(Twice) -> [8] } } }

fn main() {
    let _net = Net::init(1);
}
