use monograd::prelude::*;

network! {
    pub Net: [8] -> [3] { dense(8), multiply(gate), gate: dense(8), dense(3) }
}

fn main() {
    let _net = Net::init(1);
}
