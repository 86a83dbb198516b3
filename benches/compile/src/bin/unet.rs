//! A U-Net (Ronneberger et al. 2015) of four levels.

use std::error::Error;

use monograd::{data::Samples, prelude::*};

network! {
    Net: [64, 64, 3] -> [64, 64, 1] {
        block double(width) {
            conv2d(width, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2d(width, kernel = 3, padding = same, bias = false), batch_norm, relu,
        }
        block up(width) { conv2d_transpose(width, kernel = 2, stride = 2), relu }

        first: double(32), max_pool2d(2),
        second: double(64), max_pool2d(2),
        third: double(128), max_pool2d(2),
        fourth: double(256), max_pool2d(2),
        double(512),
        up(256), concat(fourth), double(256),
        up(128), concat(third), double(128),
        up(64), concat(second), double(64),
        up(32), concat(first), double(32),
        conv2d(1, kernel = 1), sigmoid,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let input = [[[0.5; 3]; 64]; 64];
    let samples = Samples::new(vec![input; 2], vec![[[[1.0_f32]; 64]; 64]; 2])?;
    let mut net = Net::init(1);
    Trainer::new(&mut net)
        .optimizer(Adam::default())
        .loss(BinaryCrossEntropy)
        .batch::<2>()
        .epochs(1)
        .fit(&samples)?;
    let mut scratch = Net::scratch::<1>();
    println!("{:?}", net.predict(&input, &mut scratch)[0]);
    Ok(())
}
