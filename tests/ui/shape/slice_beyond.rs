use monograd::prelude::*;

network! {
    pub Net: [16, 4] -> [10] { slice(8, end = 17), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
