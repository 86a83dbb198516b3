//! The roofline of the kernels: what each computes and moves, how fast it would be at the peak of the
//! machine or at the speed of its memory, and how fast it is.
//!
//! `cargo bench -p monograd-runtime --bench kernels [filter [level [threads]]]`; a filter of `""` takes
//! all; the levels are `avx2` and `sse2`, and the best of the machine without one or with `""`; there is
//! one thread unless more are asked for, and the floor is that of one.
//!
//! With `-- --check` it fails when a kernel falls below half of the share of its floor that
//! `shares.csv` has recorded; `-- --record` keeps the lesser of that and of this run.

mod convolutions;
mod roof;
mod shares;

use std::{hint::black_box, process::ExitCode, time::Instant};

use monograd_runtime::{
    buffer::Block,
    kernel::{Half, Stream, Verbs, Window, gemm},
    pointwise::Fun,
    simd::{Cpu, Level},
};

use roof::Roof;
use shares::Shares;

fn main() -> ExitCode {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let filter = args.next().unwrap_or_default();
    let level = args.next().filter(|level| !level.is_empty());
    let cpu = level.map_or_else(Cpu::detect, |name| cpu_of_level(&name));
    let threads = args.next().map_or(1, |threads| threads.parse().expect("a number of threads"));
    println!("{}, threads: {threads}", cpu.level_name());
    #[cfg(feature = "parallel")]
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("one pool");
    let cpu = cpu.with_threads(threads);
    let bench = Bench { cpu, filter, roof: Roof::measure(cpu), shares: Shares::default() };
    println!("{}\n\n{HEAD}", bench.roof);
    for [rows, k, n] in PRODUCTS {
        bench.gemm(rows, k, n);
        bench.gemm_half(rows, k, n);
    }
    bench.convolutions();
    bench.map();
    for (size, channels) in [(26, 32), (26, 5), (8, 128)] {
        bench.max_pool(size, channels);
        bench.avg_pool(size, channels);
    }
    for (rows, n) in [(16_384, 10), (128, 1000)] {
        bench.softmax(rows, n);
    }
    for (rows, n) in [(128 * 26 * 26, 32), (128 * 26 * 26, 5), (8192, 256)] {
        bench.bias(rows, n);
        bench.norm(rows, n);
    }
    bench.dropout();
    if has("--record") {
        bench.shares.record();
    }
    if has("--check") { bench.shares.check() } else { ExitCode::SUCCESS }
}

const HEAD: &str = "\
| kernel | MFLOP | kB | floor, us | measured, us | GFLOP/s | GB/s | share of the floor |
|---|--:|--:|--:|--:|--:|--:|--:|";

/// # Panics
///
/// When the machine lacks the level.
fn cpu_of_level(name: &str) -> Cpu {
    let best = Cpu::detect().level();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let level = match name {
        "avx2" => best.as_avx2().map(Level::Avx2),
        "sse2" => best.as_sse2().map(Level::Sse2),
        _ => None,
    };
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let level = (Cpu::with_level(best).level_name() == name).then_some(best);
    let level: Option<Level> = level;
    Cpu::with_level(level.unwrap_or_else(|| panic!("this machine has no level {name}")))
}

/// The rows, inputs and outputs of dense layers: batches, squares, single samples.
const PRODUCTS: [[usize; 3]; 19] = [
    [128, 5408, 128],
    [128, 784, 128],
    [128, 128, 64],
    [128, 128, 10],
    [128, 400, 120],
    [128, 120, 84],
    [64, 2048, 256],
    [64, 64, 64],
    [256, 256, 256],
    [512, 512, 512],
    [2048, 2048, 2048],
    [4096, 128, 128],
    [4096, 128, 512],
    [4096, 512, 128],
    [1, 5408, 128],
    [1, 784, 128],
    [1, 128, 64],
    [1, 84, 10],
    [4, 784, 128],
];

struct Bench {
    cpu: Cpu,
    filter: String,
    roof: Roof,
    shares: Shares,
}

impl Bench {
    /// Prints a line of the table: the median of several rounds of work of so many operations, of which
    /// a multiply-add counts two, over so many scalars read or written once.
    fn run(&self, name: &str, operations: usize, scalars: usize, work: impl FnMut()) {
        self.print(name, operations, 4 * scalars, work);
    }

    /// The same for work that moves `bytes` and computes next to nothing.
    fn stream(&self, name: &str, bytes: usize, work: impl FnMut()) {
        self.print(name, 0, bytes, work);
    }

    fn print(&self, name: &str, operations: usize, bytes: usize, mut work: impl FnMut()) {
        if !name.contains(&self.filter) {
            return;
        }
        let (seconds, floor) = (median(&mut work), self.roof.floor(operations, bytes));
        let [operations, bytes] = [operations, bytes].map(|amount| amount as f64);
        println!(
            "| {name} | {:.3} | {:.1} | {:.2} | {:.2} | {:.1} | {:.1} | {:.0} % |",
            operations * 1e-6,
            bytes * 1e-3,
            floor * 1e6,
            seconds * 1e6,
            operations / seconds * 1e-9,
            bytes / seconds * 1e-9,
            100.0 * floor / seconds
        );
        self.shares.add(name, floor / seconds);
    }

    fn gemm(&self, rows: usize, k: usize, n: usize) {
        let [mut x, mut w, mut y] = [rows * k, k * n, rows * n].map(|len| filled(len, 0.5));
        let bias = filled(n, 0.1);
        let (operations, scalars) = (2 * rows * k * n, rows * k + k * n + rows * n);
        self.run(&format!("gemm {rows}x{k}x{n}"), operations, scalars, || {
            let (y, bias, relu) = (black_box(&mut y), Some(&bias[..]), Some(Fun::Relu));
            f32::gemm(self.cpu, y, &x, &w, bias, relu, rows, k, n);
        });
        self.run(&format!("gemm_grad_input {rows}x{k}x{n}"), operations, scalars, || {
            f32::gemm_grad_input(self.cpu, black_box(&mut x), &y, &w, rows, k, n);
        });
        self.run(&format!("gemm_grad_weight {rows}x{k}x{n}"), operations, scalars, || {
            f32::gemm_grad_weight(self.cpu, black_box(&mut w), &x, &y, rows, k, n);
        });
    }

    fn gemm_half(&self, rows: usize, k: usize, n: usize) {
        let (x, w, mut y) = (filled(rows * k, 0.5), vec![0x3800; k * n], filled(rows * n, 0.5));
        let bias = filled(n, 0.1);
        let (operations, scalars) = (2 * rows * k * n, rows * k + k * n / 2 + rows * n);
        self.run(&format!("gemm_half {rows}x{k}x{n}"), operations, scalars, || {
            let (y, bias, fun) = (black_box(&mut y), Some(&bias[..]), Some(Fun::Relu));
            gemm(self.cpu, y, &x, Half(&w), bias, fun, rows, k, n);
        });
    }

    fn map(&self) {
        let x = ramp(LEN);
        let mut y = filled(LEN, 0.0);
        for fun in [Fun::Relu, Fun::Tanh, Fun::Gelu] {
            self.stream(&format!("map {fun:?}"), 8 * LEN, || {
                f32::map(self.cpu, black_box(&mut y), &x, fun)
            });
        }
    }

    fn max_pool(&self, size: usize, channels: usize) {
        let (window, [input, output]) = halves(size, channels);
        let (x, dy) = (ramp(input), ramp(output));
        let (mut y, mut dx, mut index) = (filled(output, 0.0), filled(input, 0.0), vec![0; output]);
        let name = format!("{size}x{size}x{channels} batch {BATCH}");
        self.stream(&format!("max_pool2d {name}"), 4 * (input + output), || {
            f32::max_pool2d(self.cpu, black_box(&mut y), &x, BATCH, channels, window);
        });
        let bytes = 4 * input + 5 * output;
        self.stream(&format!("max_pool2d_indexed {name}"), bytes, || {
            let y = black_box(&mut y);
            f32::max_pool2d_indexed(self.cpu, y, &mut index, &x, BATCH, channels, window);
        });
        self.stream(&format!("max_pool2d_grad {name}"), bytes, || {
            let dx = black_box(&mut dx);
            f32::max_pool2d_grad(self.cpu, dx, &dy, &index, BATCH, channels, window);
        });
        let bytes = 8 * (input + output);
        self.stream(&format!("max_pool2d_grad_by_value {name}"), bytes, || {
            let dx = black_box(&mut dx);
            f32::max_pool2d_grad_by_value(self.cpu, dx, &dy, &y, &x, BATCH, channels, window);
        });
    }

    fn avg_pool(&self, size: usize, channels: usize) {
        let (window, [input, output]) = halves(size, channels);
        let (x, dy) = (ramp(input), ramp(output));
        let (mut y, mut dx) = (filled(output, 0.0), filled(input, 0.0));
        let (name, bytes) = (format!("{size}x{size}x{channels} batch {BATCH}"), input + output);
        self.stream(&format!("avg_pool2d {name}"), 4 * bytes, || {
            f32::avg_pool2d(self.cpu, black_box(&mut y), &x, BATCH, channels, window);
        });
        self.stream(&format!("avg_pool2d_grad {name}"), 4 * bytes, || {
            f32::avg_pool2d_grad(self.cpu, black_box(&mut dx), &dy, BATCH, channels, window);
        });
    }

    fn softmax(&self, rows: usize, n: usize) {
        let len = rows * n;
        let x = ramp(len);
        let mut y = filled(len, 0.0);
        let mut dx = filled(len, 0.0);
        self.stream(&format!("softmax {rows}x{n}"), 8 * len, || {
            f32::softmax(self.cpu, black_box(&mut y), &x, n);
        });
        self.stream(&format!("softmax_grad {rows}x{n}"), 12 * len, || {
            f32::softmax_grad(self.cpu, black_box(&mut dx), &x, &y, n);
        });
        self.stream(&format!("log_softmax {rows}x{n}"), 8 * len, || {
            f32::log_softmax(self.cpu, black_box(&mut y), &x, n);
        });
        self.stream(&format!("log_softmax_grad {rows}x{n}"), 12 * len, || {
            f32::log_softmax_grad(self.cpu, black_box(&mut dx), &x, &y, n);
        });
    }

    fn bias(&self, rows: usize, n: usize) {
        let dy = ramp(rows * n);
        // Zeros, so that repetition keeps the values as they are.
        let (bias, mut y, mut db) = (filled(n, 0.0), dy.clone(), filled(n, 0.0));
        self.stream(&format!("add_bias {rows}x{n}"), 8 * rows * n, || {
            f32::add_bias(self.cpu, black_box(&mut y), &bias);
        });
        self.stream(&format!("sum_rows {rows}x{n}"), 4 * rows * n, || {
            f32::sum_rows(self.cpu, black_box(&mut db), &dy);
        });
    }

    fn norm(&self, rows: usize, n: usize) {
        let (len, cpu) = (rows * n, self.cpu);
        let (x, dy, gamma, beta) = (ramp(len), ramp(len), filled(n, 0.7), filled(n, 0.1));
        let (mut y, mut dx) = (filled(len, 0.0), filled(len, 0.0));
        let [mut mean, mut rstd, mut moved, mut var] = [0.0, 1.0, 0.0, 1.0].map(|v| filled(n, v));
        let [mut dgamma, mut dbeta] = [0.0, 0.0].map(|v| filled(n, v));
        self.stream(&format!("batch_norm {rows}x{n}"), 16 * len, || {
            let (y, mean, rstd) = (black_box(&mut y), &mut mean, &mut rstd);
            let (moved, var) = (&mut moved, &mut var);
            f32::batch_norm(cpu, y, mean, rstd, moved, var, &x, &gamma, &beta, 0.9, 1e-3);
        });
        self.stream(&format!("batch_norm_grad {rows}x{n}"), 20 * len, || {
            let (dx, dgamma, dbeta) = (black_box(&mut dx), &mut dgamma, &mut dbeta);
            f32::batch_norm_grad(cpu, dx, dgamma, dbeta, &dy, &x, &gamma, &mean, &rstd);
        });
        self.stream(&format!("normalize {rows}x{n}"), 8 * len, || {
            f32::normalize(cpu, black_box(&mut y), &x, &gamma, &beta, &mean, &var, 1e-3);
        });
        self.stream(&format!("normalize_grad {rows}x{n}"), 8 * len, || {
            f32::normalize_grad(cpu, black_box(&mut dx), &dy, &gamma, &var, 1e-3);
        });
    }

    fn dropout(&self) {
        let x = ramp(LEN);
        let mut y = filled(LEN, 0.0);
        let stream = Stream { seed: 1, step: 2, layer: 3 };
        self.stream("dropout", 8 * LEN, || {
            f32::dropout(self.cpu, black_box(&mut y), &x, 0.4, stream);
        });
        // Without a chance to drop, so that repetition keeps the values as they are.
        self.stream("dropout_assign", 8 * LEN, || {
            f32::dropout_assign(self.cpu, black_box(&mut y), 0.0, stream);
        });
    }
}

/// Samples of a batch.
const BATCH: usize = 128;

/// Activations of the first layer of the convolutional classifier.
const LEN: usize = BATCH * 26 * 26 * 32;

/// Values between -5 and 5 that repeat after a prime number.
/// Aligned as the buffers of networks are.
fn ramp(len: usize) -> Block<f32> {
    let mut block = Block::zeroed(len);
    block.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 997) as f32 * 0.01 - 5.0);
    block
}

fn filled(len: usize, value: f32) -> Block<f32> {
    let mut block = Block::zeroed(len);
    block.fill(value);
    block
}

/// The pooling that halves a square image, and the scalars of its input and output.
fn halves(size: usize, channels: usize) -> (Window, [usize; 2]) {
    let window = Window {
        input: [size; 2],
        output: [size / 2; 2],
        kernel: [2; 2],
        stride: [2; 2],
        padding: [0; 2],
        dilation: [1; 2],
    };
    (window, [size, size / 2].map(|size| BATCH * size * size * channels))
}

/// Seconds of one call: the median of nine rounds.
fn median(work: &mut impl FnMut()) -> f64 {
    let mut seconds = |times: usize| {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed().as_secs_f64() / times as f64
    };
    let times = ((0.02 / seconds(1).max(1e-9)) as usize).clamp(1, 1_000_000);
    let mut rounds = [0.0; 9];
    rounds.iter_mut().for_each(|round| *round = seconds(times));
    rounds.sort_by(f64::total_cmp);
    rounds[4]
}
