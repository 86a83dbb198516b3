//! Verbs that move values: views, upsampling, embedding; gates, slopes and noise.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    kernel::{Stream, Strided, Upsample, naive},
    pointwise::Fun,
    simd::Scalar,
    testing::values,
};

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

/// A view whose strides lead anywhere, over as much as they reach.
fn view(start: usize, axes: [[usize; 2]; 5]) -> Strided {
    let reach: usize = axes.iter().map(|[size, stride]| (size - 1) * stride).sum();
    Strided { input: start + reach + 1, start, axes }
}

fn views<T: Scalar>(rows: usize, view: Strided, seed: u64) {
    let (input, output) = (rows * view.input, rows * view.output());
    let (x, dy): (Vec<T>, Vec<T>) = (values(input, seed), values(output, seed + 1));
    check::<T>(&[output], |twin, cpu, y| {
        let run = if twin { naive::gather } else { T::gather };
        run(cpu, &mut y[0], &x, rows, view);
    });
    check::<T>(&[input], |twin, cpu, dx| {
        let run = if twin { naive::scatter } else { T::scatter };
        run(cpu, &mut dx[0], &dy, rows, view);
    });
}

fn upsamplings<T: Scalar>(rows: usize, sizes: Upsample, seed: u64) {
    let (input, output) = (rows * sizes.input_len(), rows * sizes.output_len());
    // Of one sign: a mean of one pair may cancel.
    let positive = |value: T| if value < T::ZERO { T::ZERO - value } else { value };
    let values = |len, seed| values::<T>(len, seed).into_iter().map(positive).collect();
    let (x, dy): (Vec<T>, Vec<T>) = (values(input, seed), values(output, seed + 1));
    check::<T>(&[output], |twin, cpu, y| {
        let run = if twin { naive::upsample } else { T::upsample };
        run(cpu, &mut y[0], &x, rows, sizes);
    });
    check::<T>(&[input], |twin, cpu, dx| {
        let run = if twin { naive::upsample_grad } else { T::upsample_grad };
        run(cpu, &mut dx[0], &dy, rows, sizes);
    });
}

fn gates<T: Scalar>(rows: usize, n: usize, fun: Fun, seed: u64) {
    let (x, dy): (Vec<T>, Vec<T>) = (values(2 * rows * n, seed), values(rows * n, seed + 1));
    check::<T>(&[rows * n], |twin, cpu, y| {
        let run = if twin { naive::gate } else { T::gate };
        run(cpu, &mut y[0], &x, n, fun);
    });
    check::<T>(&[2 * rows * n], |twin, cpu, dx| {
        let run = if twin { naive::gate_grad } else { T::gate_grad };
        run(cpu, &mut dx[0], &dy, &x, n, fun);
    });
}

fn slopes<T: Scalar>(rows: usize, n: usize, seed: u64) {
    let (mut x, dy): (Vec<T>, Vec<T>) = (values(rows * n, seed), values(rows * n, seed + 1));
    x[0] = T::ZERO;
    let alpha: Vec<T> = values(n, seed + 2);
    check::<T>(&[rows * n], |twin, cpu, y| {
        let run = if twin { naive::prelu } else { T::prelu };
        run(cpu, &mut y[0], &x, &alpha);
    });
    check::<T>(&[rows * n], |twin, cpu, dx| {
        let run = if twin { naive::prelu_grad_input } else { T::prelu_grad_input };
        run(cpu, &mut dx[0], &dy, &x, &alpha);
    });
    check::<T>(&[n], |twin, cpu, dalpha| {
        let run = if twin { naive::prelu_grad_slope } else { T::prelu_grad_slope };
        run(cpu, &mut dalpha[0], &dy, &x);
    });
}

fn noises<T: Scalar>(rows: usize, pixels: usize, channels: usize, seed: u64) {
    let x: Vec<T> = values(rows * pixels * channels, seed);
    let stream = Stream { seed, step: 3, layer: 1 };
    check::<T>(&[x.len()], |twin, cpu, y| {
        let run = if twin { naive::dropout_channels } else { T::dropout_channels };
        run(cpu, &mut y[0], &x, rows, channels, 0.4, stream);
    });
    check::<T>(&[x.len()], |twin, cpu, y| {
        let run = if twin { naive::add_noise } else { T::add_noise };
        run(cpu, &mut y[0], &x, 0.3, stream);
    });
}

fn embeddings<T: Scalar>(count: usize, vocabulary: usize, width: usize, seed: u64) {
    let indices: Vec<T> = values::<T>(count, seed);
    let x: Vec<T> = indices.iter().map(|x| *x * T::from_f64(vocabulary as f64)).collect();
    let (table, dy): (Vec<T>, Vec<T>) =
        (values(vocabulary * width, seed + 1), values(count * width, seed + 2));
    check::<T>(&[count * width], |twin, cpu, y| {
        let run = if twin { naive::embed } else { T::embed };
        run(cpu, &mut y[0], &x, &table, width);
    });
    check::<T>(&[vocabulary * width], |twin, cpu, dtable| {
        let run = if twin { naive::embed_grad } else { T::embed_grad };
        run(cpu, &mut dtable[0], &dy, &x, width);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn strided_views(
        rows in 1..5_usize,
        start in 0..3_usize,
        outer in prop::array::uniform4((1..4_usize, 0..9_usize)),
        inner in (size(), 0..4_usize),
        seed in 0..1000_u64,
    ) {
        let [a, b, c, d] = outer.map(|(size, stride)| [size, stride]);
        let view = view(start, [a, b, c, d, [inner.0, inner.1]]);
        views::<f32>(rows, view, seed);
        views::<f64>(rows, view, seed);
    }

    #[test]
    fn bilinear_upsampling(
        rows in 1..4_usize,
        input in prop::array::uniform2(1..6_usize),
        factor in prop::array::uniform2(1..4_usize),
        channels in size(),
        seed in 0..1000_u64,
    ) {
        let sizes = Upsample { input, factor, channels };
        upsamplings::<f32>(rows, sizes, seed);
        upsamplings::<f64>(rows, sizes, seed);
    }

    #[test]
    fn gated_units_and_slopes(rows in size(), n in size(), seed in 0..1000_u64) {
        for fun in [Fun::Sigmoid, Fun::Silu, Fun::Gelu] {
            gates::<f32>(rows, n, fun, seed);
            gates::<f64>(rows, n, fun, seed);
        }
        slopes::<f32>(rows, n, seed);
        slopes::<f64>(rows, n, seed);
    }

    #[test]
    fn noise(rows in 1..5_usize, pixels in size(), channels in size(), seed in 0..1000_u64) {
        noises::<f32>(rows, pixels, channels, seed);
        noises::<f64>(rows, pixels, channels, seed);
    }

    #[test]
    fn rows_of_a_table(count in size(), vocabulary in size(), width in size(), seed in 0..1000_u64) {
        embeddings::<f32>(count, vocabulary, width, seed);
        embeddings::<f64>(count, vocabulary, width, seed);
    }
}

/// The nearest row where there is none of that number.
#[test]
fn indices_beyond_the_table() {
    let named = [-1.0, -0.5, 0.0, 0.9, 1.0, 6.9, 7.0, 1e30, f32::INFINITY, f32::NAN];
    let rows = named.map(|x| crate::kernel::embed::index(x, 7));
    assert_eq!(rows, [0, 0, 0, 0, 1, 6, 6, 6, 6, 0]);
}

/// Mean and variance of the noise are those of its distribution.
#[test]
fn noise_is_normal() {
    let count = 100_000;
    let (mean, square) = (0..count / 2)
        .flat_map(|pair| crate::kernel::noise::normals(7, pair))
        .fold((0.0, 0.0), |(mean, square), n| {
            (mean + n / count as f64, square + n * n / count as f64)
        });
    assert!(mean.abs() < 0.01 && (square - 1.0).abs() < 0.02, "{mean} {square}");
}

/// No rows are nothing to do.
#[test]
fn noise_of_nothing() {
    let (cpu, stream) = (crate::simd::Cpu::detect(), Stream { seed: 1, step: 2, layer: 3 });
    <f32 as crate::kernel::Verbs>::dropout_channels(cpu, &mut [], &[], 0, 4, 0.5, stream);
    <f32 as crate::kernel::Verbs>::add_noise(cpu, &mut [], &[], 0.5, stream);
    naive::dropout_channels::<f32>(cpu, &mut [], &[], 0, 4, 0.5, stream);
}
