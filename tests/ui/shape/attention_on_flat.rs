use monograd::prelude::*;

network! {
    pub Net: [128] -> [128, 1] { attention(1) }
}

fn main() {
    let _net = Net::init(1);
}
