//! Searching for an architecture: a family of networks over the irises, first every width and depth
//! with every rate of a grid, then as many draws at random. The best on validation is judged on flowers
//! that the search never saw.

use std::error::Error;

use monograd::{data::Standardize, prelude::*};

network! {
    /// Tells three species of iris by the length and width of sepals and petals.
    pub Iris<const HIDDEN: usize in [2, 8, 32], const DEPTH: usize in [1, 2, 4]>: [4] -> [3] {
        dense(HIDDEN), tanh, repeat(DEPTH) { residual { dense(HIDDEN), tanh } },
        dense(3), softmax,
    }
}

const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

/// The accuracy on the test flowers that the search is to reach.
const GOAL: f64 = 0.92;

type Flower = ([f32; 4], u8);

struct Flowers {
    train: Vec<Flower>,
    validation: Vec<Flower>,
    test: Vec<Flower>,
}

/// One trial: trains whichever network it is given, at a rate of its own.
struct Fit<'a> {
    rate: f64,
    flowers: &'a Flowers,
}

impl IrisVisitor for Fit<'_> {
    type Output = Result<Report, TrainError>;

    fn visit<N: IrisNetwork>(self, net: &mut N) -> Self::Output {
        let trainer = Trainer::new(net).optimizer(Adam::new(self.rate)).loss(CrossEntropy);
        trainer.batch::<16>().epochs(30).seed(3).quiet().fit(&self.flowers.train)?;
        evaluate(net, &self.flowers.validation)
    }
}

/// The same over flowers that took no part.
struct Judge<'a>(&'a [Flower]);

impl IrisVisitor for Judge<'_> {
    type Output = Result<Report, TrainError>;

    fn visit<N: IrisNetwork>(self, net: &mut N) -> Self::Output {
        evaluate(net, self.0)
    }
}

struct Trial {
    net: IrisSweep,
    rate: f64,
    report: Report,
}

fn main() -> Result<(), Box<dyn Error>> {
    let flowers = flowers()?;
    let mut rng = Rng::new(5);
    let mut grid = Vec::new();
    for net in IrisSweep::all(7) {
        for rate in [1e-3, 1e-2, 1e-1] {
            grid.push(trial(net.clone(), rate, &flowers)?);
        }
    }
    let mut drawn = Vec::new();
    for seed in 0..grid.len() as u64 {
        let index = (rng.uniform() * IrisSweep::LEN as f64) as usize;
        let net = IrisSweep::init(index, seed).ok_or("there are fewer networks")?;
        drawn.push(trial(net, 10.0_f64.powf(-3.0 + 2.0 * rng.uniform()), &flowers)?);
    }
    for (search, trials) in [("grid", &mut grid), ("random", &mut drawn)] {
        trials.sort_by(|a, b| a.report.loss.total_cmp(&b.report.loss));
        println!("{search} search, the best five of {}:\n{}", trials.len(), table(&trials[..5]));
    }
    let best = if grid[0].report.loss <= drawn[0].report.loss { grid } else { drawn };
    let mut net = best.into_iter().next().ok_or("there were no trials")?.net;
    let report = net.visit(Judge(&flowers.test))?;
    println!("{} on {} flowers never seen: {report}", net.name(), flowers.test.len());
    let accuracy = report.metric("accuracy").unwrap_or_default();
    if accuracy < GOAL { Err(format!("below the goal of {GOAL}").into()) } else { Ok(()) }
}

fn trial(mut net: IrisSweep, rate: f64, flowers: &Flowers) -> Result<Trial, TrainError> {
    let report = net.visit(Fit { rate, flowers })?;
    Ok(Trial { net, rate, report })
}

fn table(trials: &[Trial]) -> String {
    let mut text = String::from("  network     parameters     rate    loss  accuracy\n");
    for Trial { net, rate, report } in trials {
        let accuracy = 100.0 * report.metric("accuracy").unwrap_or_default();
        let (name, parameters) = (net.name(), net.parameters());
        let loss = report.loss;
        text += &format!("  {name:10} {parameters:11} {rate:8.4} {loss:7.4} {accuracy:7.1} %\n");
    }
    text
}

/// Half of the flowers to train on, a quarter to choose by, a quarter to judge by.
fn flowers() -> Result<Flowers, String> {
    let mut flowers = parse(include_str!("../datasets/iris/iris.csv"))?;
    Rng::new(1).shuffle(&mut flowers);
    let (train, rest) = flowers.split_at(flowers.len() / 2);
    let (validation, test) = rest.split_at(rest.len() / 2);
    let inputs: Vec<[f32; 4]> = train.iter().map(|flower| flower.0).collect();
    let scale = Standardize::fit(&inputs);
    let standardised = |part: &[Flower]| -> Vec<Flower> {
        part.iter().map(|(input, label)| (scale.apply(*input), *label)).collect()
    };
    let [train, validation, test] = [train, validation, test].map(standardised);
    Ok(Flowers { train, validation, test })
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
