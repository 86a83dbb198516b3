use monograd::prelude::*;

network! {
    pub Net: [128, 6] -> [10] { conv1d(8, kernel = 3, groups = 4), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
