//! A U-Net (Ronneberger et al. 2015) finds the ink of digits under heavy noise.
//!
//! ```text
//! cargo run --release --example unet -- [FILE.pgm]
//! ```
//!
//! About 20 seconds on two cores, for two passes over 20,000 images. The measure is 2000 test images:
//! intersection over union of the ink and what is taken for it, above 0.70, where the best threshold over
//! a blurred image reaches 0.56. The image that it writes has what the network sees, what it says, and
//! the truth.

mod pgm;

use std::{env, error::Error, path::PathBuf};

use monograd::{data::mnist, prelude::*};
use pgm::Image;

network! {
    /// Says of every pixel how likely it is ink.
    UNet: [28, 28, 1] -> [28, 28, 1] {
        block double(width) {
            conv2d(width, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2d(width, kernel = 3, padding = same, bias = false), batch_norm, relu,
        }
        block up(width) { conv2d_transpose(width, kernel = 2, stride = 2), relu }

        fine: double(8), max_pool2d(2),
        coarse: double(16), max_pool2d(2),
        double(32),
        up(16), concat(coarse), double(16),
        up(8), concat(fine), double(8),
        conv2d(1, kernel = 1), sigmoid,
    }
}

/// Standard deviation of the noise on every pixel; ink is 1 and paper 0.
const NOISE: f64 = 0.7;
/// Intersection over union to reach.
const GOAL: f64 = 0.70;

/// Noisy digits, and where their ink is.
struct Noisy {
    digits: mnist::Mnist,
    count: usize,
    seed: u64,
}

impl Dataset<Image> for Noisy {
    type Target = Image;

    fn len(&self) -> usize {
        self.count
    }
    fn input(&self, index: usize, into: &mut Image) {
        self.digits.input(index, into);
        let mut rng = Rng::with_stream(self.seed, index as u64);
        for value in into.as_flattened_mut().as_flattened_mut() {
            *value += (NOISE * rng.normal()) as f32;
        }
    }
    fn target(&self, index: usize) -> Image {
        let mut mask = Image::default();
        self.digits.input(index, &mut mask);
        mask.map(|row| row.map(|pixel| pixel.map(|value| f32::from(value > 0.5))))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist::load("datasets/mnist")?;
    let train = Noisy { digits: train, count: 20_000, seed: 1 };
    let test = Noisy { digits: test, count: 2_000, seed: 2 };

    let mut net = UNet::init(42);
    Trainer::new(&mut net)
        .optimizer(Adam::new(2e-3))
        .loss(BinaryCrossEntropy)
        .batch::<32>()
        .epochs(2)
        .fit(&train)?;

    let mut scratch = UNet::scratch::<1>();
    let mut says = |image: &Image| *net.predict(image, &mut scratch);
    let path = env::args_os().nth(1).map_or("target/unet.pgm".into(), PathBuf::from);
    let seen: Vec<Image> = (0..12).map(|index| input(&test, index)).collect();
    let said = seen.iter().map(&mut says).collect();
    let truth = (0..12).map(|index| test.target(index)).collect();
    pgm::write(&path, &[seen, said, truth])?;
    println!("\ndrawn in {}: what the network sees, what it says, and the truth", path.display());

    let thresholds = (1..20).map(|i| i as f32 / 20.0);
    let baseline = thresholds.map(|t| overlap(&test, blurred, t)).fold(0.0, f64::max);
    let reached = overlap(&test, says, 0.5);
    println!("intersection over union of the ink in {} images never seen:", test.len());
    println!("  the best threshold over a blurred image  {baseline:.3}");
    println!("  the network                              {reached:.3}");
    if reached < GOAL {
        return Err(format!("the overlap is {reached:.3}, to be above {GOAL}").into());
    }
    Ok(())
}

fn input(data: &Noisy, index: usize) -> Image {
    let mut image = Image::default();
    data.input(index, &mut image);
    image
}

/// The mean of the 3 by 3 pixels around each.
fn blurred(image: &Image) -> Image {
    let around = |i: usize| i.saturating_sub(1)..(i + 2).min(28);
    std::array::from_fn(|y| {
        std::array::from_fn(|x| {
            let window = around(y).flat_map(|y| around(x).map(move |x| image[y][x][0]));
            [window.clone().sum::<f32>() / window.count() as f32]
        })
    })
}

/// Pixels that are ink and taken for it, by pixels that are either.
fn overlap(data: &Noisy, mut says: impl FnMut(&Image) -> Image, threshold: f32) -> f64 {
    let (mut both, mut either) = (0, 0);
    for index in 0..data.len() {
        let (said, truth) = (says(&input(data, index)), data.target(index));
        let pairs =
            said.as_flattened().as_flattened().iter().zip(truth.as_flattened().as_flattened());
        for (said, truth) in pairs.map(|(said, truth)| (*said > threshold, *truth > 0.5)) {
            both += usize::from(said && truth);
            either += usize::from(said || truth);
        }
    }
    both as f64 / either as f64
}
