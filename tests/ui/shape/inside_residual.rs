use monograd::prelude::*;

network! {
    pub Net: [8, 8, 16] -> [10] {
        residual { conv2d(16, kernel = 9), relu },
        parallel(concat) { { max_pool2d(2) }, { avg_pool2d(2), residual { dense(16) } } },
        global_avg_pool2d, dense(10),
    }
}

fn main() {
    let _net = Net::init(1);
}
