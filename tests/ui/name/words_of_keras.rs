use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] {
        Conv2D(32, kernel = 3), ReLU, MaxPooling2D(2),
        BatchNormalization, Flatten, Dense(10), Softmax,
    }
}

fn main() {
    let _net = Net::init(1);
}
