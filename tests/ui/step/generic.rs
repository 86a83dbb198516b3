use monograd::prelude::*;

network! {
    pub Net: [8, 2] -> [16] { dense(2), flatten }
}

fn run<N: Causal>(_: &N) {}

fn main() {
    run(&Net::init(1));
}
