use monograd::prelude::*;

network! { pub Net: [8] -> [8] { dense(8), relu, again: Net -> [8] } }

fn main() {
    let _net = Net::init(1);
}
