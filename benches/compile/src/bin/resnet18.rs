//! ResNet-18 (He et al. 2016) with the stem of small images.

use std::error::Error;

use monograd::{data::Samples, prelude::*};

network! {
    Net: [32, 32, 3] -> [10] {
        block unit(width, stride = 1) {
            conv2d(width, kernel = 3, stride = stride, padding = same, bias = false), batch_norm, relu,
            conv2d(width, kernel = 3, padding = same, bias = false), batch_norm,
        }
        block stage(width) {
            residual(shortcut = { conv2d(width, kernel = 1, stride = 2, bias = false), batch_norm }) {
                unit(width, stride = 2)
            }, relu,
            residual { unit(width) }, relu,
        }

        conv2d(64, kernel = 3, padding = same, bias = false), batch_norm, relu,
        residual { unit(64) }, relu,
        residual { unit(64) }, relu,
        stage(128),
        stage(256),
        stage(512),
        global_avg_pool2d, dense(10), softmax,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let input = [[[0.5; 3]; 32]; 32];
    let samples = Samples::new(vec![input; 2], vec![3_u8; 2])?;
    let mut net = Net::init(1);
    Trainer::new(&mut net)
        .optimizer(Adam::default())
        .loss(CrossEntropy)
        .batch::<2>()
        .epochs(1)
        .fit(&samples)?;
    let mut scratch = Net::scratch::<1>();
    println!("{:?}", net.predict(&input, &mut scratch)[0]);
    Ok(())
}
