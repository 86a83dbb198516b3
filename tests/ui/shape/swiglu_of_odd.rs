use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { dense(21), swiglu, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
