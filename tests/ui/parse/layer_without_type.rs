use monograd::prelude::*;

network! { pub Net: [8] -> [3] { layer -> [8], dense(3) } }

fn main() {
    let _net = Net::init(1);
}
