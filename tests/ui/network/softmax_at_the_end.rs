use monograd::prelude::*;

network! { pub Body: [8] -> [3] { dense(3), softmax } }

network! { pub Net: [8] -> [3] { body: Body -> [3] } }

network! { #[part] pub Same: [3] -> [3] { dense(3), softmax } }

network! { pub Turns: [8] -> [3] { dense(3), repeat(2) { Same -> [3] } } }

fn main() {
    let _net = Net::init(1);
}
