use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { dense(8, shortcut = { relu }) }
}

fn main() {
    let _net = Net::init(1);
}
