use monograd::prelude::*;

network! {
    Wide: [0x10,] -> [1_000] { dense(1_000), relu, dense(0b1111101000, bias = true,), }
}

fn main() {
    assert_eq!(Wide::OUTPUT_SHAPE, [1000]);
}
