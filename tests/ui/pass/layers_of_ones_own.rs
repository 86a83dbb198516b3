//! A layer of one's own under strict lints, by a path, generic, inside a function, and with nothing to train.
#![deny(warnings)]

mod layers {
    use monograd::custom::{CustomLayer, Pass};

    pub struct Twice<const N: usize>;

    impl<const N: usize> CustomLayer for Twice<N> {
        type Input = [f32; N];
        type Output = [f32; N];
        const NAME: &'static str = "Twice";

        fn forward(_: &[f32], x: &[f32; N], y: &mut [f32; N]) {
            *y = x.map(|x| 2.0 * x);
        }

        fn backward(_: Pass<'_, Self>, dy: &[f32; N], dx: &mut [f32; N], _: &mut [f32]) {
            *dx = dy.map(|dy| 2.0 * dy);
        }
    }
}

use monograd::prelude::*;

fn main() {
    network! {
        Net<const WIDTH: usize in [2, 4]>: [WIDTH] -> [WIDTH] { layer(layers::Twice<WIDTH>) -> [WIDTH] }
    }
    let net = Net::<4>::init(1);
    assert_eq!(net.predict(&[1.0, 2.0, 3.0, 4.0], &mut Net::<4>::scratch::<1>()), &[2.0, 4.0, 6.0, 8.0]);
    assert_eq!(Net::<2>::PARAMETERS, 0);
}
