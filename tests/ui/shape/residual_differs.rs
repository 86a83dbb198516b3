use monograd::prelude::*;

network! {
    pub Net: [8, 8, 16] -> [4, 4, 32] {
        residual { conv2d(32, kernel = 3, stride = 2, padding = same), batch_norm, relu },
    }
}

fn main() {
    let _net = Net::init(1);
}
