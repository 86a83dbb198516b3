//! Trains the convolutional network of the Keras MNIST tutorial, evaluates it, saves it, and checks
//! that the saved weights predict the same.
//!
//! ```text
//! cargo run --release --example mnist -- [--data DIR] [--epochs N] [--seed N] [--threads N]
//!                                        [--out FILE.safetensors] [--json FILE]
//! ```

use std::{error::Error, fs, path::PathBuf, process::ExitCode, thread};

use monograd::{data::mnist, prelude::*};
use sha2::{Digest, Sha256};

network! {
    /// The convolutional classifier of the Keras MNIST tutorial.
    pub MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128), relu,
        dense(10), softmax,
    }
}

fn main() -> ExitCode {
    match Options::parse().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist::load(&options.data)?;
    println!("{}", MnistCnn::summary());

    let mut net = MnistCnn::init(options.seed);
    let history = Trainer::new(&mut net)
        .optimizer(Adam::default())
        .loss(CrossEntropy)
        .metric(Accuracy)
        .batch::<128>()
        .epochs(options.epochs)
        .seed(options.seed)
        .threads(options.threads)
        .fit(&train)?;

    let report = evaluate(&net, &test)?;
    println!("\ntest: {report}");
    show_mistakes(&net, &test, 5);

    net.save(&options.out)?;
    let loaded = MnistCnn::load(&options.out)?;
    let differing = count_differing(&net, &loaded, &test);
    println!(
        "saved {} and loaded it again: {differing} of {} predictions differ",
        options.out.display(),
        test.len()
    );
    if differing > 0 {
        return Err("the loaded network predicts something else".into());
    }
    if let Some(path) = &options.json {
        fs::write(path, json(options, &history, &report)?)?;
    }
    Ok(())
}

/// Prints the first few digits that the network takes for another.
fn show_mistakes(net: &MnistCnn, test: &mnist::Mnist, count: usize) {
    let mut scratch = MnistCnn::scratch::<1>();
    let mut image = Default::default();
    let wrong = (0..test.len()).filter_map(|index| {
        test.input(index, &mut image);
        let guess = arg_max(net.predict(&image, &mut scratch));
        let label = usize::from(test.labels()[index]);
        (guess != label).then_some((index, guess, label))
    });
    for (index, guess, label) in wrong.take(count) {
        println!("\ntest image {index} is a {label}, taken for a {guess}:");
        print_digit(test.image(index));
    }
}

/// Two rows of pixels a line, in half blocks.
fn print_digit(pixels: &[u8]) {
    for rows in pixels.chunks(2 * 28) {
        let (upper, lower) = rows.split_at(28);
        let line =
            upper.iter().zip(lower).map(|(upper, lower)| match (*upper > 100, *lower > 100) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        println!("  {}", line.collect::<String>().trim_end());
    }
}

fn arg_max(probabilities: &[f32; 10]) -> usize {
    let best = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(class, _)| class)
}

fn count_differing(net: &MnistCnn, loaded: &MnistCnn, test: &mnist::Mnist) -> usize {
    let (mut a, mut b) = (MnistCnn::scratch::<1>(), MnistCnn::scratch::<1>());
    let mut image = Default::default();
    let differs = |&index: &usize| {
        test.input(index, &mut image);
        net.predict(&image, &mut a) != loaded.predict(&image, &mut b)
    };
    (0..test.len()).filter(differs).count()
}

fn json(options: &Options, history: &History, report: &Report) -> Result<String, Box<dyn Error>> {
    let seconds: Vec<f64> = history.epochs.iter().map(|epoch| epoch.seconds).collect();
    let weights = Sha256::digest(fs::read(&options.out)?);
    let weights: String = weights.iter().map(|byte| format!("{byte:02x}")).collect();
    let report = serde_json::json!({
        "test_accuracy": report.metrics[0].value,
        "test_loss": report.loss,
        "seconds_per_epoch": seconds,
        "threads": options.threads,
        "seed": options.seed,
        "weights_sha256": weights,
    });
    Ok(format!("{report:#}\n"))
}

/// The command line.
struct Options {
    data: PathBuf,
    epochs: usize,
    seed: u64,
    threads: usize,
    out: PathBuf,
    json: Option<PathBuf>,
}

impl Options {
    fn parse() -> Result<Self, Box<dyn Error>> {
        use lexopt::prelude::*;

        let mut options = Self {
            data: "datasets/mnist".into(),
            epochs: 5,
            seed: 42,
            threads: thread::available_parallelism().map_or(1, usize::from),
            out: "target/mnist.safetensors".into(),
            json: None,
        };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("data") => options.data = parser.value()?.into(),
                Long("epochs") => options.epochs = parser.value()?.parse()?,
                Long("seed") => options.seed = parser.value()?.parse()?,
                Long("threads") => options.threads = parser.value()?.parse()?,
                Long("out") => options.out = parser.value()?.into(),
                Long("json") => options.json = Some(parser.value()?.into()),
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(options)
    }
}
