use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [16] { dense(2), flatten }
}

struct Voice {
    state: State<Net>,
}

fn main() {}
