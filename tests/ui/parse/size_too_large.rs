use monograd::prelude::*;

network! {
    pub Net: [99999999999999999999] -> [10] { dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
