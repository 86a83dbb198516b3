//! Speed of the kernels beside the peak of the machine: products in operations a second, what the
//! memory limits in bytes a second.
//!
//! `cargo bench -p monograd-runtime --bench kernels [filter [level [threads]]]`; a filter of `""` takes
//! all; the levels are `avx2` and `sse2`, and the best of the machine without one or with `""`; there is
//! one thread unless more are asked for, and the peak is that of one.

mod convolutions;

use std::{hint::black_box, time::Instant};

use fearless_simd::{Simd, SimdBase, SimdFloat};
use monograd_runtime::{
    kernel::{Stream, Verbs, Window, gemm_half},
    pointwise::Fun,
    simd::{Cpu, Level},
};

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| !arg.starts_with('-'));
    let filter = args.next().unwrap_or_default();
    let level = args.next().filter(|level| !level.is_empty());
    let cpu = level.map_or_else(Cpu::detect, |name| cpu_of_level(&name));
    let threads = args.next().map_or(1, |threads| threads.parse().expect("a number of threads"));
    println!("{}, threads: {threads}", cpu.level_name());
    #[cfg(feature = "parallel")]
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("one pool");
    let cpu = cpu.with_threads(threads);
    let bench = Bench { cpu, filter };
    bench.peak();
    for [rows, k, n] in PRODUCTS {
        bench.gemm(rows, k, n);
        bench.gemm_half(rows, k, n);
    }
    bench.convolutions();
    bench.map();
    bench.copy();
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
}

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
const PRODUCTS: [[usize; 3]; 16] = [
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
    [1, 5408, 128],
    [1, 784, 128],
    [1, 128, 64],
    [1, 84, 10],
    [4, 784, 128],
];

struct Bench {
    cpu: Cpu,
    filter: String,
}

impl Bench {
    /// Prints the speed of work that computes; `operations` counts a multiply-add as two.
    fn run(&self, name: &str, operations: usize, work: impl FnMut()) {
        self.print(name, operations, "GFLOP/s", work);
    }

    /// Prints the speed of work that moves `bytes`, read and written, each counted once.
    fn stream(&self, name: &str, bytes: usize, work: impl FnMut()) {
        self.print(name, bytes, "GB/s", work);
    }

    /// Prints the median and the best of several rounds of work of `amount`, of which `unit` is 10⁹ a second.
    fn print(&self, name: &str, amount: usize, unit: &str, mut work: impl FnMut()) {
        if !name.contains(&self.filter) {
            return;
        }
        let [best, median] = best_and_median(&mut work);
        println!(
            "{name:52} {:8.1} us   {:7.1} {unit}   best {:7.1}",
            median * 1e6,
            amount as f64 / median * 1e-9,
            amount as f64 / best * 1e-9
        );
    }

    /// Fused multiply-adds on registers alone.
    fn peak(&self) {
        let steps = 10_000;
        let operations =
            2 * 24 * steps * fearless_simd::dispatch!(self.cpu.level(), simd => lanes(simd));
        self.run("peak: multiply-adds on registers", operations, || {
            fearless_simd::dispatch!(self.cpu.level(), simd => registers(simd, steps));
        });
    }

    fn gemm(&self, rows: usize, k: usize, n: usize) {
        let (mut x, mut w, mut y) = (vec![0.5; rows * k], vec![0.5; k * n], vec![0.5; rows * n]);
        let bias = vec![0.1; n];
        let operations = 2 * rows * k * n;
        self.run(&format!("gemm {rows}x{k}x{n}"), operations, || {
            let (y, bias, relu) = (black_box(&mut y), Some(&bias[..]), Some(Fun::Relu));
            f32::gemm(self.cpu, y, &x, &w, bias, relu, rows, k, n);
        });
        self.run(&format!("gemm_grad_input {rows}x{k}x{n}"), operations, || {
            f32::gemm_grad_input(self.cpu, black_box(&mut x), &y, &w, rows, k, n);
        });
        self.run(&format!("gemm_grad_weight {rows}x{k}x{n}"), operations, || {
            f32::gemm_grad_weight(self.cpu, black_box(&mut w), &x, &y, rows, k, n);
        });
    }

    fn gemm_half(&self, rows: usize, k: usize, n: usize) {
        let (x, w, mut y) = (vec![0.5; rows * k], vec![0x3800; k * n], vec![0.5; rows * n]);
        let bias = vec![0.1; n];
        self.run(&format!("gemm_half {rows}x{k}x{n}"), 2 * rows * k * n, || {
            let (y, bias, fun) = (black_box(&mut y), Some(&bias[..]), Some(Fun::Relu));
            gemm_half(self.cpu, y, &x, &w, bias, fun, rows, k, n);
        });
    }

    /// The layers of the classifier of digits, of LeNet-5 and of a small VGG, and rarer kinds.
    fn map(&self) {
        let x = ramp(LEN);
        let mut y = vec![0.0; LEN];
        for fun in [Fun::Relu, Fun::Tanh, Fun::Gelu] {
            self.run(&format!("map {fun:?}"), LEN, || {
                f32::map(self.cpu, black_box(&mut y), &x, fun)
            });
        }
    }

    /// The speed of memory alone, over the sizes of the verbs below.
    fn copy(&self) {
        let x = ramp(LEN);
        let mut y = vec![0.0; LEN];
        self.stream("peak: copy", 8 * LEN, || black_box(&mut y).copy_from_slice(black_box(&x)));
    }

    fn max_pool(&self, size: usize, channels: usize) {
        let (window, [input, output]) = halves(size, channels);
        let (x, dy) = (ramp(input), ramp(output));
        let (mut y, mut dx, mut index) = (vec![0.0; output], vec![0.0; input], vec![0; output]);
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
        let (mut y, mut dx) = (vec![0.0; output], vec![0.0; input]);
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
        let mut y = vec![0.0; len];
        let mut dx = vec![0.0; len];
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
        let (bias, mut y, mut db) = (vec![0.0; n], dy.clone(), vec![0.0; n]);
        self.stream(&format!("add_bias {rows}x{n}"), 8 * rows * n, || {
            f32::add_bias(self.cpu, black_box(&mut y), &bias);
        });
        self.stream(&format!("sum_rows {rows}x{n}"), 4 * rows * n, || {
            f32::sum_rows(self.cpu, black_box(&mut db), &dy);
        });
    }

    fn norm(&self, rows: usize, n: usize) {
        let (len, cpu) = (rows * n, self.cpu);
        let (x, dy, gamma, beta) = (ramp(len), ramp(len), vec![0.7; n], vec![0.1; n]);
        let (mut y, mut dx) = (vec![0.0; len], vec![0.0; len]);
        let [mut mean, mut rstd, mut moved, mut var] = [0.0, 1.0, 0.0, 1.0].map(|v| vec![v; n]);
        let [mut dgamma, mut dbeta] = [0.0, 0.0].map(|v| vec![v; n]);
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
        let mut y = vec![0.0; LEN];
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
fn ramp(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i % 997) as f32 * 0.01 - 5.0).collect()
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

/// Seconds of one call: the best and the median of nine rounds.
fn best_and_median(work: &mut impl FnMut()) -> [f64; 2] {
    let mut seconds = |times: usize| {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed().as_secs_f64() / times as f64
    };
    let times = ((0.02 / seconds(1).max(1e-9)) as usize).clamp(1, 1_000_000);
    let mut rounds = [0.0; 9];
    rounds.iter_mut().for_each(|round| *round = seconds(times));
    rounds.sort_by(f64::total_cmp);
    [rounds[0], rounds[4]]
}

fn lanes<S: Simd>(_: S) -> usize {
    S::f32s::LEN
}

#[inline(always)]
fn registers<S: Simd>(simd: S, steps: usize) {
    let mut sums = [S::f32s::splat(simd, 0.0); 24];
    let factor = S::f32s::splat(simd, black_box(0.5));
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, factor);
        }
    }
    black_box(sums);
}
