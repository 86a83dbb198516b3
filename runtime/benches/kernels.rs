//! Speed of the kernels, in multiply-add operations a second, beside the peak of the machine.
//!
//! `cargo bench -p monograd-runtime --bench kernels [filter]`

use std::{hint::black_box, time::Instant};

use fearless_simd::{Simd, SimdBase, SimdFloat};
use monograd_runtime::{
    kernel::{Conv2d, Verbs, Window},
    pointwise::Fun,
    simd::Cpu,
};

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let cpu = Cpu::detect();
    println!("{}, one thread", cpu.level_name());
    let bench = Bench { cpu, filter };
    bench.peak();
    for [rows, k, n] in
        [[128, 5408, 128], [512, 512, 512], [128, 128, 10], [1, 5408, 128], [1, 784, 128]]
    {
        bench.gemm(rows, k, n);
    }
    for (size, ci, co, padding, rows) in
        [(28, 1, 32, 0, 128), (32, 3, 64, 1, 64), (16, 64, 64, 1, 64), (8, 128, 128, 1, 64)]
    {
        bench.conv2d(size, ci, co, padding, rows);
    }
    bench.elementwise();
}

struct Bench {
    cpu: Cpu,
    filter: String,
}

impl Bench {
    /// Prints the best of several rounds; `operations` counts a multiply-add as two.
    fn run(&self, name: &str, operations: usize, mut work: impl FnMut()) {
        if !name.contains(&self.filter) {
            return;
        }
        let once = {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        };
        let times = ((0.02 / once.max(1e-9)) as usize).clamp(1, 1_000_000);
        let round = || {
            let start = Instant::now();
            (0..times).for_each(|_| work());
            start.elapsed().as_secs_f64() / times as f64
        };
        let mut rounds: Vec<f64> = std::iter::repeat_with(round).take(9).collect();
        rounds.sort_by(f64::total_cmp);
        let (best, median) = (rounds[0], rounds[4]);
        println!(
            "{name:44} {:8.1} us   {:7.1} GFLOP/s   best {:7.1}",
            median * 1e6,
            operations as f64 / median * 1e-9,
            operations as f64 / best * 1e-9
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
            f32::gemm(
                self.cpu,
                black_box(&mut y),
                &x,
                &w,
                Some(&bias),
                Some(Fun::Relu),
                rows,
                k,
                n,
            );
        });
        self.run(&format!("gemm_grad_input {rows}x{k}x{n}"), operations, || {
            f32::gemm_grad_input(self.cpu, black_box(&mut x), &y, &w, rows, k, n);
        });
        self.run(&format!("gemm_grad_weight {rows}x{k}x{n}"), operations, || {
            f32::gemm_grad_weight(self.cpu, black_box(&mut w), &x, &y, rows, k, n);
        });
    }

    fn conv2d(&self, size: usize, ci: usize, co: usize, padding: usize, rows: usize) {
        let output = size + 2 * padding - 2;
        let window = Window {
            input: [size; 2],
            output: [output; 2],
            kernel: [3; 2],
            stride: [1; 2],
            padding: [padding; 2],
            dilation: [1; 2],
        };
        let conv = Conv2d { window, input_channels: ci, output_channels: co, groups: 1 };
        let mut x = vec![0.5; rows * conv.input_len()];
        let mut y = vec![0.5; rows * conv.output_len()];
        let mut w = vec![0.5; conv.weight_len()];
        let mut partial = vec![0.0; 8 * conv.weight_len()];
        let bias = vec![0.1; co];
        let operations = 2 * rows * output * output * conv.weight_len();
        let name = format!("{size}x{size} {ci}->{co} padding {padding} batch {rows}");
        self.run(&format!("conv2d {name}"), operations, || {
            f32::conv2d(
                self.cpu,
                black_box(&mut y),
                &x,
                &w,
                Some(&bias),
                Some(Fun::Relu),
                rows,
                conv,
            );
        });
        self.run(&format!("conv2d_grad_input {name}"), operations, || {
            f32::conv2d_grad_input(self.cpu, black_box(&mut x), &y, &w, rows, conv);
        });
        self.run(&format!("conv2d_grad_weight {name}"), operations, || {
            f32::conv2d_grad_weight(self.cpu, black_box(&mut w), &mut partial, &x, &y, rows, conv);
        });
    }

    fn elementwise(&self) {
        let (len, channels) = (128 * 26 * 26 * 32, 32);
        let x: Vec<f32> = (0..len).map(|i| (i % 997) as f32 * 0.01 - 5.0).collect();
        let mut y = vec![0.0; len];
        for fun in [Fun::Relu, Fun::Tanh, Fun::Gelu] {
            self.run(&format!("map {fun:?}"), len, || {
                f32::map(self.cpu, black_box(&mut y), &x, fun)
            });
        }
        let window = Window {
            input: [26; 2],
            output: [13; 2],
            kernel: [2; 2],
            stride: [2; 2],
            padding: [0; 2],
            dilation: [1; 2],
        };
        let mut index = vec![0; len / 4];
        self.run("max_pool2d_indexed", len, || {
            f32::max_pool2d_indexed(
                self.cpu,
                black_box(&mut y),
                &mut index,
                &x,
                128,
                channels,
                window,
            );
        });
        let dy = vec![1.0; len / 4];
        self.run("max_pool2d_grad", len, || {
            f32::max_pool2d_grad(self.cpu, black_box(&mut y), &dy, &index, 128, channels, window);
        });
        let mut db = vec![0.0; channels];
        self.run("sum_rows", len, || f32::sum_rows(self.cpu, black_box(&mut db), &x));
    }
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
