//! Transfer learning: a backbone learns the digits 0 to 4, then recognises 5 to 9 from few examples.
//!
//! Four networks see the same 50 images of the new digits: one from scratch, one whose frozen
//! backbone was trained on the old digits, that one fine-tuned, and one over frozen random features.

use std::error::Error;

use monograd::{data::mnist, loss::Loss, prelude::*};

network! {
    /// What digits have in common.
    pub Backbone: [28, 28, 1] -> [64] {
        conv2d(16, kernel = 3), relu, max_pool2d(2),
        conv2d(32, kernel = 3), relu, max_pool2d(2),
        flatten, dense(64), relu,
    }
}

network! {
    /// Digits of one half, by a backbone that learns with the head.
    pub Digits: [28, 28, 1] -> [5] { body: Backbone -> [64], dense(5), softmax }
}

network! {
    /// The same, with a backbone that stays as it is.
    pub Head: [28, 28, 1] -> [5] { #[freeze] body: Backbone -> [64], dense(5), softmax }
}

type Image = [[[f32; 1]; 28]; 28];
type Samples = Vec<(Image, u8)>;

const SEED: u64 = 42;
/// Images of the new digits to learn from, about ten of each.
const FEW: usize = 50;
/// What fine-tuning reaches on the 4861 test images of the new digits.
const GOAL: f64 = 0.82;
/// By how much it is ahead of a network from scratch.
const AHEAD: f64 = 0.06;

fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist::load("datasets/mnist")?;
    let (old, new) = (half(&train, 0, 20_000), half(&train, 5, FEW));
    let test = half(&test, 5, usize::MAX);
    println!("{}", Digits::summary());

    let mut teacher = Digits::init(SEED);
    fit(&mut teacher, &old, 3, 1e-3)?;
    let backbone: Backbone = teacher.body().to_network();

    let mut scratch = Digits::init(SEED + 1);
    fit(&mut scratch, &new, 40, 1e-3)?;
    let mut random = Head::init(SEED + 1);
    fit(&mut random, &new, 40, 1e-3)?;

    let mut head = Head::init(SEED + 1);
    head.body_mut().copy_from(&backbone);
    fit(&mut head, &new, 40, 1e-3)?;

    let mut tuned = Digits::init(SEED + 1);
    tuned.body_mut().copy_from(&backbone);
    tuned.dense1_mut().weight().copy_from(&head.dense1().weight());
    tuned.dense1_mut().bias().copy_from(&head.dense1().bias());
    fit(&mut tuned, &new, 40, 1e-3)?;

    println!("the digits 5 to 9 from {FEW} images, {} in the test:", test.len());
    let from_scratch = accuracy(&scratch, &test)?;
    println!("  from scratch               {from_scratch:.4}");
    println!("  frozen, random backbone    {:.4}", accuracy(&random, &test)?);
    println!("  frozen, trained backbone   {:.4}", accuracy(&head, &test)?);
    let reached = accuracy(&tuned, &test)?;
    println!("  fine-tuned                 {reached:.4}");
    if reached < GOAL.max(from_scratch + AHEAD) {
        return Err(format!("fine-tuning reached {reached:.4} only").into());
    }
    Ok(())
}

/// The first images of five digits from `first` on, which are the classes 0 to 4 then.
fn half(digits: &mnist::Mnist, first: u8, most: usize) -> Samples {
    let classes = first..first + 5;
    let chosen = (0..digits.len()).filter(|index| classes.contains(&digits.labels()[*index]));
    let sample = |index| {
        let mut image = Image::default();
        digits.input(index, &mut image);
        (image, digits.labels()[index] - first)
    };
    chosen.take(most).map(sample).collect()
}

fn fit<N>(net: &mut N, samples: &Samples, epochs: usize, rate: f64) -> Result<(), TrainError>
where
    N: Network<Scalar = f32, Input = Image, Output = [f32; 5]>,
    CrossEntropy: Loss<N, u8>,
{
    let trainer = Trainer::new(net).optimizer(Adam::new(rate)).loss(CrossEntropy);
    trainer.batch::<32>().epochs(epochs).seed(SEED).quiet().fit(samples)?;
    Ok(())
}

fn accuracy<N>(net: &N, samples: &Samples) -> Result<f64, Box<dyn Error>>
where
    N: Network<Scalar = f32, Input = Image, Output = [f32; 5]>,
    CrossEntropy: Loss<N, u8>,
{
    let mut scratch = N::scratch::<1>();
    let right = samples.iter().filter(|(image, class)| {
        let outputs = net.predict(image, &mut scratch);
        let best = (0..5).max_by(|a: &usize, b| outputs[*a].total_cmp(&outputs[*b]));
        best == Some(usize::from(*class))
    });
    Ok(right.count() as f64 / samples.len() as f64)
}
