use monograd::prelude::*;

network! {
    pub Net<const A: usize in [1, 2, 3, 4, 5, 6, 7, 8, 9], const B: usize in [1, 2, 3, 4, 5, 6, 7, 8, 9]>:
        [784] -> [10] { dense(A), dense(B), dense(10) }
}

fn main() {
    let _net = Net::<1, 1>::init(1);
}
