use monograd::prelude::*;

network! {
    pub Net<const GROUPS: usize in [2, 3, 4]>: [8, 8, 4] -> [6, 6, 8] { conv2d(8, kernel = 3, groups = GROUPS) }
}

fn main() {
    let _net = Net::<2>::init(1);
}
