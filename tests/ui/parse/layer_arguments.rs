use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [3] {
        layer(Twice, casual = true) -> [8, 2], layer(Twice, causal = 3) -> [8, 2], layer(Twice, true, 2) -> [8, 2],
        layer(Twice causal = true) -> [8, 2], layer(Twice, shortcut = { dense(2) }) -> [8, 2], gru(3),
    }
}

fn main() {
    let _net = Net::init(1);
}
