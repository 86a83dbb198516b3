use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { conv2d(8, kernel = 3), relu }
}

fn main() {
    let _net = Net::init(1);
}
