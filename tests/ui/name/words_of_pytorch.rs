use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        Conv2d(32, kernel = 3), SiLU, AvgPool2d(2),
        BatchNorm2d, Flatten, Linear(10), LogSoftmax,
    }
}

fn main() {
    let _net = Net::init(1);
}
