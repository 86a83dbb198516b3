use monograd::prelude::*;

network! { pub Backbone: [8, 8, 1] -> [4, 4, 16] { conv2d(16, kernel = 1), max_pool2d(2) } }

network! { pub Net: [8, 8, 1] -> [3] { body: Backbone -> [4, 4, 8], flatten, dense(3) } }

fn main() {
    let _net = Net::init(1);
}
