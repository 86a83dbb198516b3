//! A contestant's side of `benches/peers`: a process that loads and warms up, says `ready` and what
//! it is, and then answers every line it is asked, so that contestants take turns.
//!
//! - `check`: the values that must agree with those of the others;
//! - `round S`: work for about `S` seconds; the answer is the figures of the round, the seconds of a
//!   call first.

#![allow(dead_code, reason = "each contestant uses a part")]

use std::{
    io::{BufRead, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

/// What a contestant is asked to do, by its arguments.
pub(crate) struct Job {
    /// `latency`, `throughput`, `step`, `epoch` or one that only some know.
    pub(crate) work: String,
    /// The name of a network.
    pub(crate) network: String,
    /// At most so many threads.
    pub(crate) threads: usize,
    /// The folder of weights and models.
    pub(crate) models: PathBuf,
}

impl Job {
    /// The job of the arguments `WORK NETWORK THREADS MODELS`; `None` with other arguments.
    pub(crate) fn from_args() -> Option<Self> {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let [work, network, threads, models] = &args[..] else { return None };
        let threads = threads.parse().ok()?;
        Some(Self { work: work.clone(), network: network.clone(), threads, models: models.into() })
    }

    /// The samples of a call of this work.
    pub(crate) fn batch(&self) -> usize {
        match (&self.work[..], &self.network[..]) {
            ("latency", _) => 1,
            ("throughput", _) => 256,
            (_, "vgg_small") => 64,
            (_, "lstm" | "transformer") => 32,
            _ => 128,
        }
    }
}

/// Answers until the input ends.
pub(crate) fn serve(
    about: &str,
    mut check: impl FnMut() -> Vec<f32>,
    mut round: impl FnMut(f64) -> Vec<f64>,
) {
    println!("ready {about}");
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let words: Vec<String> = match line.split_once(' ') {
            None => check().iter().map(f32::to_string).collect(),
            Some((_, seconds)) => {
                let seconds = seconds.parse().expect("round and a number of seconds");
                round(seconds).iter().map(|figure| format!("{figure:e}")).collect()
            }
        };
        println!("{}", words.join(" "));
        std::io::stdout().flush().expect("the output is open");
    }
}

/// The median of the seconds of a call, and the 99th percentile as a multiple of it, after a fifth of
/// the time to warm up.
/// Calls shorter than a few reads of the clock are timed in groups.
pub(crate) fn time_calls(seconds: f64, mut call: impl FnMut()) -> [f64; 2] {
    let group = group_of(seconds / 5.0, &mut call);
    let end = Instant::now() + Duration::from_secs_f64(seconds * 0.8);
    let mut times = Vec::with_capacity(1 << 20);
    while times.len() < 3 || (Instant::now() < end && times.len() < times.capacity()) {
        let start = Instant::now();
        (0..group).for_each(|_| call());
        times.push(start.elapsed().as_secs_f64() / group as f64);
    }
    times.sort_by(f64::total_cmp);
    let median = times[times.len() / 2];
    [median, times[times.len() * 99 / 100] / median]
}

/// How many calls take two microseconds, found while warming up.
fn group_of(seconds: f64, call: &mut impl FnMut()) -> usize {
    let (start, mut calls) = (Instant::now(), 0);
    while calls < 3 || start.elapsed().as_secs_f64() < seconds {
        call();
        calls += 1;
    }
    let mean = start.elapsed().as_secs_f64() / f64::from(calls);
    ((2e-6 / mean) as usize).max(1)
}

/// The operands and results of a dense layer's product and of its two gradients.
#[derive(Clone)]
pub(crate) struct Products {
    /// Rows, inputs and outputs.
    pub(crate) sizes: [usize; 3],
    pub(crate) x: Vec<f32>,
    pub(crate) w: Vec<f32>,
    pub(crate) dy: Vec<f32>,
    pub(crate) y: Vec<f32>,
    pub(crate) dx: Vec<f32>,
    pub(crate) dw: Vec<f32>,
}

impl Products {
    /// Those of sizes such as `128x784x10`.
    pub(crate) fn new(sizes: &str) -> Self {
        let mut numbers = sizes.split('x').map(|size| size.parse().expect("ROWSxINPUTSxOUTPUTS"));
        let sizes: [usize; 3] = std::array::from_fn(|_| numbers.next().expect("three sizes"));
        let [rows, k, n] = sizes;
        let [x, w, dy] = [rows * k, k * n, rows * n].map(inputs);
        let (y, dx, dw) = (dy.clone(), x.clone(), w.clone());
        Self { sizes, x, w, dy, y, dx, dw }
    }

    /// The first values of each result.
    pub(crate) fn check(&self) -> Vec<f32> {
        [&self.y, &self.dx, &self.dw].map(|values| &values[..values.len().min(500)]).concat()
    }

    /// The seconds of all three, and the operations of a nanosecond.
    pub(crate) fn time(&mut self, seconds: f64, multiply: fn(&mut Self)) -> Vec<f64> {
        let [median, _] = time_calls(seconds, || multiply(self));
        vec![median, 6e-9 * self.sizes.map(|size| size as f64).iter().product::<f64>() / median]
    }
}

/// Inputs that every contestant computes alike, in 0 to 1, channels last.
pub(crate) fn inputs(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 7919 % 1000) as f32 / 1000.0).collect()
}

/// The labels of a batch, likewise.
pub(crate) fn label(row: usize) -> u8 {
    (row * 7 % 10) as u8
}

/// What a network with one plain output is to reach, likewise.
pub(crate) fn target(row: usize) -> f32 {
    (row % 7) as f32 / 7.0
}
