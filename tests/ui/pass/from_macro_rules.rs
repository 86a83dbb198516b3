use monograd::prelude::*;

macro_rules! perceptron {
    ($vis:vis $name:ident, $hidden:expr, $output:literal, $last:ident) => {
        network! {
            $vis $name: [4] -> [$output] { dense($hidden), relu, dense($output), $last }
        }
    };
}

perceptron!(pub Small, 8, 3, softmax);
perceptron!(Wide, 64, 2, sigmoid);

fn main() {
    assert_eq!(Small::OUTPUT_SHAPE, [3]);
    assert_eq!(Wide::PARAMETERS, 4 * 64 + 64 + 64 * 2 + 2);
}
