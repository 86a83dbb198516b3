use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        conv2d(0, kernal = 3, stride = (1, 0), padding = sane, bias = 1),
        dropout(1.5), relu(3), flatten, dense(10, init = he),
    }
}

fn main() {
    let _net = Net::init(1);
}
