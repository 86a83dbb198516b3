//! An autoencoder: digits of 784 pixels pass through 16 numbers and are drawn again from these.
//!
//! ```text
//! cargo run --release --example autoencoder -- [FILE.pgm]
//! ```
//!
//! About 15 seconds on two cores. The measure is the test images, which it does not learn from: a
//! mean squared error below 0.0125, where 16 principal components leave 0.0268. The image that it
//! writes has originals above their reconstructions, and digits on the way from one code to another.

mod pgm;

use std::{env, error::Error, path::PathBuf};

use monograd::{data::mnist, prelude::*};
use pgm::Image;

network! {
    /// What is left of a digit.
    Encoder: [28, 28, 1] -> [16] {
        conv2d(16, kernel = 3, stride = 2, padding = same), relu,
        conv2d(32, kernel = 3, stride = 2, padding = same), relu,
        flatten, dense(16),
    }
}

network! {
    /// Draws a digit from what is left of it.
    #[part]
    Decoder: [16] -> [28, 28, 1] {
        dense(7 * 7 * 32), relu, reshape([7, 7, 32]),
        conv2d_transpose(16, kernel = 3, stride = 2, padding = same), relu,
        conv2d_transpose(1, kernel = 3, stride = 2, padding = same),
    }
}

network! {
    /// Both, which learn together.
    Autoencoder: [28, 28, 1] -> [28, 28, 1] {
        encoder: Encoder -> [16], decoder: Decoder -> [28, 28, 1],
    }
}

/// Images that are their own targets.
struct Copies(mnist::Mnist);

impl Dataset<Image> for Copies {
    type Target = Image;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn input(&self, index: usize, into: &mut Image) {
        self.0.input(index, into);
    }
    fn target(&self, index: usize) -> Image {
        let mut image = Image::default();
        self.input(index, &mut image);
        image
    }
}

/// The mean squared error to reach.
const GOAL: f64 = 0.0125;
/// Digits in a row of the image.
const SHOWN: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist::load("datasets/mnist")?;
    let (train, test) = (Copies(train), Copies(test));
    println!("{}", Autoencoder::summary());

    let mut net = Autoencoder::init(42);
    Trainer::new(&mut net)
        .optimizer(Adam::new(2e-3))
        .loss(MeanSquaredError)
        .batch::<64>()
        .epochs(5)
        .fit(&train)?;

    let path = env::args_os().nth(1).map_or("target/autoencoder.pgm".into(), PathBuf::from);
    pgm::write(&path, &rows(&net, &test))?;
    println!(
        "\ndrawn in {}: originals, reconstructions, and the way from one to another",
        path.display()
    );

    let reached = evaluate(&net, &test)?.loss;
    println!("mean squared error of {} images never seen: {reached:.4}", test.len());
    if reached.is_nan() || reached > GOAL {
        return Err(format!("the error is {reached:.4}, to be below {GOAL}").into());
    }
    Ok(())
}

/// Originals, their reconstructions, and the way from the first to the last.
fn rows(net: &Autoencoder, test: &Copies) -> [Vec<Image>; 3] {
    let (encoder, decoder) = (net.encoder().to_network(), net.decoder().to_network());
    let (mut encoding, mut decoding) = (Encoder::scratch::<1>(), Decoder::scratch::<1>());
    let originals: Vec<Image> = (0..SHOWN).map(|index| test.target(index)).collect();
    let codes: Vec<[f32; 16]> =
        originals.iter().map(|image| *encoder.predict(image, &mut encoding)).collect();
    let (first, last) = (codes[0], codes[SHOWN - 1]);
    let between = |step: usize| {
        let share = step as f32 / (SHOWN - 1) as f32;
        std::array::from_fn(|i| first[i] + share * (last[i] - first[i]))
    };
    let mut draw = |code: [f32; 16]| *decoder.predict(&code, &mut decoding);
    let reconstructions: Vec<Image> = codes.iter().map(|code| draw(*code)).collect();
    let way: Vec<Image> = (0..SHOWN).map(|step| draw(between(step))).collect();
    [originals, reconstructions, way]
}
