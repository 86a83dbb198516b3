use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [1] { conv2d(1, kernel = 3), softmax, tanh, flatten, dense(1), log_softmax, }
}

fn main() {
    let _net = Net::init(1);
}
