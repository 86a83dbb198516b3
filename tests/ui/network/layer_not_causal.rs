use monograd::{
    custom::{CustomLayer, Pass},
    prelude::*,
};

pub struct Twice;

impl CustomLayer for Twice {
    type Input = [[f32; 2]; 8];
    type Output = [[f32; 2]; 8];
    const NAME: &'static str = "Twice";
    fn forward(_: &[f32], x: &Self::Input, y: &mut Self::Output) {
        *y = x.map(|x| x.map(|x| 2.0 * x));
    }
    fn backward(_: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, _: &mut [f32]) {
        *dx = dy.map(|dy| dy.map(|dy| 2.0 * dy));
    }
}

network! {
    pub Net: [8, 2] -> [3] { layer(Twice, causal = true) -> [8, 2], gru(3) }
}

fn main() {
    let _net = Net::init(1);
}
