//! Tabular data: Fisher's irises, standardised, and judged on flowers that the network never saw.

use std::error::Error;

use monograd::{data::Standardize, prelude::*};

network! {
    /// Tells three species of iris by the length and width of sepals and petals.
    Iris: [4] -> [3] { dense(16), tanh, dense(3), softmax }
}

const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

type Flower = ([f32; 4], u8);

fn main() -> Result<(), Box<dyn Error>> {
    let mut flowers = parse(include_str!("../datasets/iris/iris.csv"))?;
    Rng::new(1).shuffle(&mut flowers);
    let (train, test) = flowers.split_at(100);

    // The statistics are those of the training flowers: the test must not leak into them.
    let inputs: Vec<[f32; 4]> = train.iter().map(|flower| flower.0).collect();
    let scale = Standardize::fit(&inputs);
    let standardised = |part: &[Flower]| -> Vec<Flower> {
        part.iter().map(|(input, label)| (scale.apply(*input), *label)).collect()
    };
    let (train, test) = (standardised(train), standardised(test));

    let mut net = Iris::init(7);
    let history = Trainer::new(&mut net)
        .optimizer(AdamW::new(0.01))
        .loss(CrossEntropy)
        .metric(Accuracy)
        .batch::<16>()
        .epochs(60)
        .quiet()
        .fit(&train)?;
    println!("{} flowers, 60 epochs: {}", train.len(), history.last());

    let mut matrix = ConfusionMatrix::new(3);
    let report = Evaluator::new(&net, CrossEntropy).metric(&mut matrix).run(&test)?;
    println!("{} flowers never seen: {report}\n", test.len());
    println!("rows are the true species (0 setosa, 1 versicolor, 2 virginica)\n{matrix}");

    let flower = [6.1, 2.9, 4.9, 1.6];
    let mut scratch = Iris::scratch::<1>();
    let probabilities = net.predict(&scale.apply(flower), &mut scratch);
    println!("a flower of {flower:?} cm is");
    for (name, probability) in SPECIES.iter().zip(probabilities) {
        println!("  {name:10} with {:5.1} %", 100.0 * probability);
    }
    Ok(())
}

/// Reads lines of four numbers and a species, after a header.
fn parse(csv: &str) -> Result<Vec<Flower>, String> {
    let flower = |line: &str| -> Option<Flower> {
        let mut fields = line.split(',');
        let mut input = [0.0; 4];
        for value in &mut input {
            *value = fields.next()?.parse().ok()?;
        }
        let species = fields.next()?;
        let label = SPECIES.iter().position(|name| *name == species)?;
        Some((input, label as u8))
    };
    let lines = csv.lines().enumerate().skip(1);
    lines
        .map(|(at, line)| flower(line).ok_or(format!("line {} is no flower: `{line}`", at + 1)))
        .collect()
}
