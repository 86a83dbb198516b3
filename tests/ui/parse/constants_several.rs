use monograd::prelude::*;

network! {
    pub Net<const hidden: usize = 3, T, const WIDTH: i32 = 4, const DEPTH: usize in 3>: [784] -> [10] {
        dense(WIDTH), repeat(DEPTH) { relu }, dense(10),
    }
}

fn main() {
    let _net = Net::<3, 4>::init(1);
}
