use monograd::prelude::*;

network! {
    pub Net: [128, 30] -> [128, 30] {
        attention(4, key_value_heads = 3), attention(6, rotary = true), attention(4, head_size = 0),
    }
}

fn main() {
    let _net = Net::init(1);
}
