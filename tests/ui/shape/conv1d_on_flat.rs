use monograd::prelude::*;

network! {
    pub Net: [128] -> [10] { conv1d(8, kernel = 3), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
