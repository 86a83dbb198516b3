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
    println!("saved {} and loaded it again: {differing} of {} predictions differ", options.out.display(), test.len());
    if differing > 0 {
        return Err("the loaded network predicts something else".into());
    }
    if let Some(path) = &options.json {
        fs::write(path, json(options, &history, &report)?)?;
    }
    Ok(())
}
