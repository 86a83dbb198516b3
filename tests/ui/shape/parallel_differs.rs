use monograd::prelude::*;

network! {
    pub Net: [8, 8, 3] -> [8] {
        parallel(concat) { { conv2d(4, kernel = 3) }, { conv2d(4, kernel = 5) } },
        flatten, parallel(add) { { dense(8) }, { dense(7) } },
    }
}

fn main() {
    let _net = Net::init(1);
}
