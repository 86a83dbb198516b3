use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] {
        layer(Twice, 3) -> [8], block layer(width) { dense(width) } layer1: dense(4), layer() -> 8, dense(3),
    }
}

fn main() {
    let _net = Net::init(1);
}
