use monograd::prelude::*;

network! {
    pub Net: [49] -> [10] { gaussian_noise(-0.1), dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
