//! Pairs of 3x3 convolutions as in VGG (Simonyan 2014).

use std::error::Error;

use monograd::{data::Samples, prelude::*};

network! {
    Net: [32, 32, 3] -> [10] {
        conv2d(32, kernel = 3, padding = same), relu,
        conv2d(32, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(64, kernel = 3, padding = same), relu,
        conv2d(64, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(128, kernel = 3, padding = same), relu,
        conv2d(128, kernel = 3, padding = same), relu,
        max_pool2d(2),
        flatten,
        dense(256), relu,
        dense(10), softmax,
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
