use monograd::prelude::*;

network! { pub Body: [8] -> [3] { dense(3), softmax } }

network! { pub Net: [8] -> [3] { body: Body -> [3] } }

fn main() {
    let _net = Net::init(1);
}
