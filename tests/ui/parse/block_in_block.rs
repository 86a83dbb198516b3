use monograd::prelude::*;

network! {
    pub Net: [8] -> [8] { residual { block stage { dense(8) } relu } }
}

fn main() {
    let _net = Net::init(1);
}
