use monograd::prelude::*;

network! {
    pub Net: [128, 32] -> [128, 32] { attention(4, key_value_heads = 3) }
}

fn main() {
    let _net = Net::init(1);
}
