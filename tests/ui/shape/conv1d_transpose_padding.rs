use monograd::prelude::*;

network! {
    pub Net: [2, 4] -> [10] { conv1d_transpose(8, kernel = 3, padding = 2), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
