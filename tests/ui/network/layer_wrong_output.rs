use monograd::prelude::*;

struct Twice;

impl monograd::custom::CustomLayer for Twice {
    type Input = [f32; 8];
    type Output = [f32; 8];
    const NAME: &'static str = "Twice";
    fn forward(_: &[f32], _: &[f32; 8], _: &mut [f32; 8]) {}
    fn backward(_: monograd::custom::Pass<'_, Self>, _: &[f32; 8], _: &mut [f32; 8], _: &mut [f32]) {}
}

network! { pub Net: [8] -> [9] { layer(Twice) -> [9] } }

fn main() {
    let _net = Net::init(1);
}
