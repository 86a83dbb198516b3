use monograd::prelude::*;

network! {
    pub Net: [8, 8, 3] -> [10] {
        block stage(width, size = 3) {
            conv2d(width, kernel = size), relu,
            residual { conv2d(width, kernel = 3) },
        }
        stage(16), last_stage: stage(32, size = 7), flatten, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
