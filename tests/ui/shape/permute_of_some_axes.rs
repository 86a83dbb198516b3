use monograd::prelude::*;

network! {
    pub Net: [28, 28, 1] -> [10] { permute([1, 0]), flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
