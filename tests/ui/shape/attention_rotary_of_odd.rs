use monograd::prelude::*;

network! {
    pub Net: [128, 20] -> [128, 20] { attention(4, rotary = true) }
}

fn main() {
    let _net = Net::init(1);
}
