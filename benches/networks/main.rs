//! Whole networks: one sample, a batch of 256, and the training step, beside what the machine can
//! do at best.
//!
//! `cargo bench --bench networks [network]` prints a table. With the arguments of a [`Job`] the same program
//! is the contestant of `benches/peers`.

#[path = "../peers/contestant.rs"]
mod contestant;
#[path = "mod.rs"]
mod networks;
mod products;
mod roof;
mod roofline;

use std::{error::Error, fs, hint::black_box, ops::ControlFlow, path::Path, time::Instant};

use contestant::{Job, Products, inputs, label, serve, target, time_calls};
use monograd::{
    array::Array,
    data::{Samples, mnist},
    prelude::*,
    simd::Cpu,
};
use networks::{Lenet5, LstmNet, Mlp, MnistCnn, Tiny, Transformer, VggSmall};
use rayon::prelude::*;
use roofline::Line;

type AnyError = Box<dyn Error>;

/// Seconds of a round, and what else it measured.
type Round<'a> = Box<dyn FnMut(f64) -> Vec<f64> + 'a>;

/// A network with what it is trained on.
trait Subject: Network<Scalar = f32> + Weights {
    type Target: Clone + Send + Sync + 'static;
    fn loss() -> impl Loss<Self, Self::Target> + 'static;
    fn target(row: usize) -> Self::Target;
    /// An input from values in 0 to 1.
    fn input(value: f32) -> f32 {
        value
    }
}

macro_rules! subjects {
    ($($id:literal: $net:ident, $batch:literal, $target:ty, $loss:ident, $of_row:expr $(, $input:expr)?;)*) => {
        $(impl Subject for $net {
            type Target = $target;
            fn loss() -> impl Loss<Self, $target> {
                $loss
            }
            fn target(row: usize) -> $target {
                $of_row(row)
            }
            $(fn input(value: f32) -> f32 {
                $input(value)
            })?
        })*

        fn contend(job: &Job) -> Result<(), AnyError> {
            match &job.network[..] {
                $($id => contend_with::<$net, $batch>(job),)*
                other => return Err(format!("there is no network {other}").into()),
            }
            Ok(())
        }

        fn export_all(folder: &Path) -> Result<(), AnyError> {
            $(export::<$net>(folder, $id)?;)*
            Ok(())
        }

        fn print_all(filter: &str) {
            let peaks = [1, 2].map(|threads| 1e9 / peak(threads, 0.5)[0]);
            $(if $id.contains(filter) {
                print_rows::<$net, $batch>($id, peaks);
            })*
        }
    };
}
subjects! {
    "mnist_cnn": MnistCnn, 128, u8, CrossEntropy, label;
    "mlp": Mlp, 128, u8, CrossEntropy, label;
    "tiny": Tiny, 128, [f32; 1], MeanSquaredError, |row| [target(row)];
    "lenet5": Lenet5, 128, u8, CrossEntropy, label;
    "vgg_small": VggSmall, 64, u8, CrossEntropy, label;
    "lstm": LstmNet, 32, u8, CrossEntropy, label;
    "transformer": Transformer, 32, [u8; 128], CrossEntropy, following, |value: f32| (value * 64.0).floor();
}

fn main() -> Result<(), AnyError> {
    let Some(job) = Job::from_args() else {
        let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
        println!("{}\n\n{}", Cpu::detect().level_name(), roofline::HEAD);
        print_all(&filter.unwrap_or_default());
        return Ok(());
    };
    match (&job.work[..], &job.network[..]) {
        ("export", _) => export_all(&job.models)?,
        ("epoch", _) => epoch(job.threads)?,
        ("products", sizes) => {
            let mut products = Products::new(sizes);
            let mut round = products.clone();
            let check = || {
                products::multiply(&mut products);
                products.check()
            };
            serve(&about(1), check, |seconds| round.time(seconds, products::multiply));
        }
        (_, "multiply_add") => {
            serve(&about(job.threads), Vec::new, |seconds| peak(job.threads, seconds));
        }
        _ => contend(&job)?,
    }
    Ok(())
}

/// What follows at every step of a row.
fn following(row: usize) -> [u8; 128] {
    std::array::from_fn(|step| ((row * 7 + step * 5) % 64) as u8)
}

fn about(threads: usize) -> String {
    format!("monograd, {}, threads {threads}", Cpu::detect().level_name())
}

/// Rows of the roofline, of one thread and of two.
fn print_rows<N: Subject, const B: usize>(id: &str, peaks: [f64; 2]) {
    let call = latency::<N>()(1.0);
    let weights = roofline::weights::<N>();
    let bandwidth = weights / call[2];
    let sample = Line {
        what: "one sample".into(),
        operations: roofline::inference::<N>(),
        bytes: weights,
        measured: call[0],
    };
    println!("{}", sample.row(id, peaks[0], bandwidth));
    for (threads, peak) in (1..).zip(peaks) {
        let batch = Line {
            what: format!("batch of 256, threads {threads}"),
            operations: 256.0 * roofline::inference::<N>(),
            bytes: weights,
            measured: throughput::<N>(threads)(1.0)[0],
        };
        let step = Line {
            what: format!("step of {B}, threads {threads}"),
            operations: B as f64 * roofline::training::<N>(),
            bytes: roofline::adam::<N>(),
            measured: step::<N, B>(threads)(1.0)[0],
        };
        for line in [batch, step] {
            println!("{}", line.row(id, peak, bandwidth * threads as f64));
        }
    }
}

fn contend_with<N: Subject, const B: usize>(job: &Job) {
    let (check, round): (fn() -> Vec<f32>, Round<'_>) = match &job.work[..] {
        "latency" => (outputs::<N, 1>, Box::new(latency::<N>())),
        "throughput" => (outputs::<N, 256>, Box::new(throughput::<N>(job.threads))),
        "step" | "scaling" => (losses::<N, B>, Box::new(step::<N, B>(job.threads))),
        other => panic!("there is no work {other}"),
    };
    serve(&about(job.threads), check, round);
}

/// The weights that every contestant loads.
fn fresh<N: Network>() -> N {
    N::init(1)
}

fn rows_of<N: Subject>(rows: usize) -> Vec<N::Input> {
    let values: Vec<f32> = inputs(rows * N::Input::LEN).into_iter().map(N::input).collect();
    N::Input::rows(&values).to_vec()
}

/// The outputs for the inputs that every contestant computes.
fn outputs<N: Subject, const R: usize>() -> Vec<f32> {
    let mut scratch = N::scratch::<R>();
    let net = fresh::<N>().prepare::<f32>();
    let outputs = net.predict_rows(&rows_of::<N>(R), &mut scratch).expect("R rows").to_vec();
    N::Output::flat(&outputs).to_vec()
}

/// Of a call with one sample: median, 99th percentile over median, and the seconds of reading all weights.
fn latency<N: Subject>() -> impl FnMut(f64) -> Vec<f64> {
    let (net, inputs, mut scratch) = (fresh::<N>(), rows_of::<N>(1), N::scratch::<1>());
    let prepared = net.prepare::<f32>();
    move |seconds| {
        let [median, p99] = time_calls(seconds * 0.7, || {
            black_box(prepared.predict(black_box(&inputs[0]), &mut scratch));
        });
        let read = time_calls(seconds * 0.3, || {
            black_box(roof::read(black_box(net.parameters().all())));
        });
        vec![median, p99, read[0], read[1]]
    }
}

/// Seconds of a call with 256 samples, shared among threads.
fn throughput<N: Subject>(threads: usize) -> impl FnMut(f64) -> Vec<f64> {
    let net = fresh::<N>().prepare::<f32>();
    let (inputs, pool) = (rows_of::<N>(256), pool(threads));
    let mut scratches: Vec<_> = (0..threads).map(|_| N::scratch::<256>()).collect();
    let share = inputs.len().div_ceil(threads);
    move |seconds| {
        let mut call = || {
            let shares = inputs.par_chunks(share).zip(&mut scratches);
            shares.for_each(|(inputs, scratch)| {
                black_box(net.predict_rows(inputs, scratch)).expect("at most 256 rows");
            });
        };
        vec![pool.install(|| time_calls(seconds, &mut call))[0]]
    }
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// Batches of an epoch over samples in memory.
const BATCHES: usize = 8;

fn samples<N: Subject>(rows: usize) -> Samples<Vec<N::Input>, Vec<N::Target>> {
    let targets: Vec<N::Target> = (0..rows).map(N::target).collect();
    Samples::new(rows_of::<N>(rows), targets).expect("as many targets")
}

/// The losses of three steps over one batch.
fn losses<N: Subject, const B: usize>() -> Vec<f32> {
    let mut net = fresh::<N>();
    let trainer = Trainer::new(&mut net).loss(N::loss()).batch::<B>().epochs(3).quiet();
    let history = trainer.fit(&samples::<N>(B)).expect("targets fit");
    history.epochs.iter().map(|epoch| epoch.train.loss as f32).collect()
}

/// Seconds of a step of Adam, by `Trainer`, gathering of the batch included.
fn step<N: Subject, const B: usize>(threads: usize) -> impl FnMut(f64) -> Vec<f64> {
    let (mut net, samples) = (fresh::<N>(), samples::<N>(BATCHES * B));
    move |seconds| {
        let start = Instant::now();
        let history = Trainer::new(&mut net)
            .loss(N::loss())
            .batch::<B>()
            .epochs(1 << 20)
            .threads(threads)
            .quiet()
            .on_epoch(|epoch| match start.elapsed().as_secs_f64() < seconds || epoch.number < 3 {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
            .fit(&samples)
            .expect("targets fit");
        let mut steps: Vec<f64> =
            history.epochs[1..].iter().map(|epoch| epoch.seconds / BATCHES as f64).collect();
        steps.sort_by(f64::total_cmp);
        vec![steps[steps.len() / 2]]
    }
}

/// Seconds of the second epoch over the images of MNIST, and the test accuracy after it.
fn epoch(threads: usize) -> Result<(), AnyError> {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let data =
        folders.find_map(|folder| Some(folder.join("datasets/mnist")).filter(|d| d.exists()));
    let (train, test) = mnist::load(data.ok_or("no folder datasets/mnist")?)?;
    serve(&about(threads), Vec::new, |_| {
        let mut net = fresh::<MnistCnn>();
        let trainer = Trainer::new(&mut net).loss(CrossEntropy).batch::<128>().epochs(2);
        let history = trainer.threads(threads).quiet().fit(&train).expect("labels are digits");
        let report = evaluate(&net, &test).expect("labels are digits");
        vec![history.epochs[1].seconds, report.metrics[0].value]
    });
    Ok(())
}

/// Seconds of 10⁹ operations of multiply-adds on registers.
fn peak(threads: usize, seconds: f64) -> Vec<f64> {
    let steps = 100_000;
    let operations = roof::multiply_adds(1) * steps * threads;
    let mut call = || {
        (0..threads).into_par_iter().for_each(|_| {
            roof::multiply_adds(steps);
        })
    };
    let [median, _] = pool(threads).install(|| time_calls(seconds, &mut call));
    vec![median / operations as f64 * 1e9]
}

/// Writes weights as `.safetensors`, and the layers as `.txt`: keyword, name and output shape.
fn export<N: Subject>(folder: &Path, id: &str) -> Result<(), AnyError> {
    fresh::<N>().save(folder.join(id).with_extension("safetensors"))?;
    let words = |shape: &[usize]| shape.iter().map(|n| format!(" {n}")).collect::<String>();
    let mut text = format!("input input{}\n", words(N::INPUT_SHAPE));
    for layer in N::LAYERS {
        text += &format!("{} {}{}\n", layer.kind, layer.name, words(layer.output));
    }
    fs::write(folder.join(id).with_extension("txt"), text)?;
    Ok(())
}
