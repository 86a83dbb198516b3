use monograd::prelude::*;

network! {
    pub Net: [8, 8, 3] -> [6, 6, 8] {
        body: conv2d(8, kernel = 3), global_avg_pool2d, squeezed: dense(4), relu, multiply(body),
        multiply(squeezed), maximum(global_avg_pool2d1),
    }
}

fn main() {
    let _net = Net::init(1);
}
