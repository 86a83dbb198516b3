use monograd::{
    custom::{CustomLayer, Pass},
    prelude::*,
};

pub struct Shaper;

impl CustomLayer for Shaper {
    type Input = [[f32; 2]; 8];
    type Output = [[f32; 2]; 8];
    const NAME: &'static str = "Shaper";
    fn forward(_: &[f32], x: &Self::Input, y: &mut Self::Output) {
        *y = x.map(|x| x.map(f32::tanh));
    }
    fn backward(pass: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, _: &mut [f32]) {
        for (dx, (dy, y)) in dx.as_flattened_mut().iter_mut().zip(dy.as_flattened().iter().zip(pass.output.as_flattened())) {
            *dx = dy * (1.0 - y * y);
        }
    }
}

network! {
    pub Net: [8, 2] -> [3] { layer(Shaper) -> [8, 2], gru(3) }
}

fn main() {
    let _state = State::<Net>::new();
}
