use monograd::prelude::*;

network! {
    pub Net: [8] -> [4] {
        stem: dense(6), dense(4), subtract(stem), multiply(stem), maximum(stem), average(stem, input),
        reshape([1, 1, 4]), concat(stem), flatten,
    }
}

fn main() {
    let _net = Net::init(1);
}
