use monograd::prelude::*;

network! {
    Net: [4] -> [2] { dense(2), sigmoid }
}

fn main() {
    let net = Net::init(1);
    let _ = evaluate(&net, &[([0.0; 4], 1_u8)]);
}
