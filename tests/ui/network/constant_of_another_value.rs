use monograd::prelude::*;

const STEPS: usize = 128;

network! {
    pub Net<const STEPS: usize = crate::STEPS -> 100>: [STEPS, 4] -> [10] { flatten, dense(10) }
}

fn main() {
    let _net = Net::init(1);
}
