//! Trains the convolutional network of the Keras MNIST tutorial, evaluates it, saves it, and checks
//! that the saved weights predict the same.
//!
//! `cargo run --release --example mnist -- --help` lists the options.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
    thread,
};

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
    let done = Options::parse().and_then(|options| match options {
        Some(options) => run(&options),
        None => {
            println!("{HELP}");
            Ok(())
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (train, test) = mnist::load(&options.data)?;
    make_folder_of(&options.out)?;
    options.json.as_deref().map_or(Ok(()), make_folder_of)?;
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
    println!("\ntest: {report}\n");
    show_mistakes(&net, &test, 4);

    net.save(&options.out)?;
    let loaded = MnistCnn::load(&options.out)?;
    let differing = count_differing(&net, &loaded, &test);
    println!(
        "\nsaved {} and loaded it again: {differing} of {} predictions differ",
        options.out.display(),
        test.len()
    );
    if differing > 0 {
        return Err("the loaded network predicts something else".into());
    }
    if let Some(path) = &options.json {
        let text = json(options, &history, &report)?;
        fs::write(path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

/// Prints the first few digits that the network takes for another, side by side.
fn show_mistakes(net: &MnistCnn, test: &mnist::Mnist, count: usize) {
    let mut scratch = MnistCnn::scratch::<1>();
    let mut image = Default::default();
    let wrong = (0..test.len()).filter_map(|index| {
        test.input(index, &mut image);
        let guess = arg_max(net.predict(&image, &mut scratch));
        let label = usize::from(test.labels()[index]);
        let title = || format!("#{index}: {label}, not {guess}");
        (guess != label).then(|| column(title(), test.image(index)))
    });
    let columns: Vec<Vec<String>> = wrong.take(count).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..height {
        let cell = |column: &Vec<String>| column.get(row).cloned().unwrap_or_default();
        let line: String = columns.iter().map(|column| format!("  {:18}", cell(column))).collect();
        println!("{}", line.trim_end());
    }
}

/// A title above the inked part of an image, two rows of pixels a line, in half blocks.
fn column(title: String, pixels: &[u8]) -> Vec<String> {
    let ink = |row: usize, column: usize| row < 28 && pixels[28 * row + column] > 100;
    let rows: Vec<usize> = (0..28).filter(|row| (0..28).any(|column| ink(*row, column))).collect();
    let columns: Vec<usize> =
        (0..28).filter(|column| (0..28).any(|row| ink(row, *column))).collect();
    let span = |used: &[usize]| used.first().map_or(0..0, |first| *first..used[used.len() - 1] + 1);
    let block = |row: usize, column: usize| match (ink(row, column), ink(row + 1, column)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let line = |row: usize| span(&columns).map(|column| block(row, column)).collect();
    [title].into_iter().chain(span(&rows).step_by(2).map(line)).collect()
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
        "threads": history.threads,
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

const HELP: &str = "\
Trains the convolutional network of the Keras MNIST tutorial and evaluates it.

usage: cargo run --release --example mnist -- [OPTIONS]

  --data DIR      folder with the four IDX files, .gz or not  [datasets/mnist]
  --epochs N      how often all images are seen               [5]
  --seed N        of the weights and of shuffling             [42]
  --threads N     threads to train on                         [every core]
  --out FILE      where the weights go                        [target/mnist.safetensors]
  --json FILE     write accuracy, loss, times and the hash of the weights
  --help          print this";

impl Options {
    /// The options given; `None` where help is asked for.
    fn parse() -> Result<Option<Self>, Box<dyn Error>> {
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
                Long("epochs") => options.epochs = number("--epochs", &mut parser)?,
                Long("seed") => options.seed = number("--seed", &mut parser)?,
                Long("threads") => {
                    options.threads = number::<usize>("--threads", &mut parser)?.max(1)
                }
                Long("out") => options.out = parser.value()?.into(),
                Long("json") => options.json = Some(parser.value()?.into()),
                Long("help") | Short('h') => return Ok(None),
                other => return Err(format!("{}; try --help", other.unexpected()).into()),
            }
        }
        Ok(Some(options))
    }
}

fn number<T: FromStr>(name: &str, parser: &mut lexopt::Parser) -> Result<T, Box<dyn Error>> {
    let value = parser.value()?;
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("{name} takes a whole number, not {value:?}").into())
}

/// Makes the folder of a file, so that a run does not end in one that cannot be written.
fn make_folder_of(file: &Path) -> Result<(), String> {
    if file.is_dir() {
        return Err(format!("cannot write {}: it is a folder", file.display()));
    }
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
