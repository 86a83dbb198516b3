use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { residual(shortcut = dense(8)) { dense(8) } }
}

fn main() {
    let _net = Net::init(1);
}
