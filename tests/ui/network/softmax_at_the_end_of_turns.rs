use monograd::prelude::*;

network! { #[part] pub Body: [3] -> [3] { dense(3), softmax } }

network! { pub Net: [8] -> [3] { dense(3), repeat(2) { body: Body -> [3] } } }

fn main() {
    let _net = Net::init(1);
}
