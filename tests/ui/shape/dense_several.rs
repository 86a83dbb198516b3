use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        conv2d(8, kernel = 3), dense(64), relu,
        reshape([8, 8, 1]), dense(10), softmax,
    }
}

fn main() {
    let _net = Net::init(1);
}
