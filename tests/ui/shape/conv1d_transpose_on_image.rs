use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { conv1d_transpose(8, kernel = 3), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
