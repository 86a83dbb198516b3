use monograd::prelude::*;

network! {
    pub Net: [128, 30] -> [128, 30] { attention(4) }
}

fn main() {
    let _net = Net::init(1);
}
