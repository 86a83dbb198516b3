use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { residual, residual {} }
}

fn main() {
    let _net = Net::init(1);
}
