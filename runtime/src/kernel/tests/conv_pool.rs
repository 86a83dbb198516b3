use alloc::vec::Vec;

use proptest::prelude::*;

use super::check;
use crate::{
    kernel::{Conv2d, Verbs, Window, naive},
    pointwise::Fun,
    simd::Scalar,
    testing::{levels, values},
};

/// `[height, width]` of image and window, `[above, left]`, and channels of input and output.
fn conv() -> impl Strategy<Value = Conv2d> {
    let axis = (2..12_usize, 1..6_usize, 0..3_usize);
    let channels = (1..4_usize, prop::sample::select(&[1, 3, 6, 8, 17, 32, 37][..]));
    (axis.clone(), axis, channels).prop_map(|(v, h, (input_channels, output_channels))| {
        let size = |(extra, kernel, padding): (usize, usize, usize)| {
            let padding = padding.min(kernel - 1);
            let input = (extra + kernel).saturating_sub(2 * padding).max(1);
            [input, (input + 2 * padding + 1).saturating_sub(kernel).max(2), kernel, padding]
        };
        let ([ih, oh, kh, ph], [iw, ow, kw, pw]) = (size(v), size(h));
        let window = Window {
            input: [ih, iw],
            output: [oh, ow],
            kernel: [kh, kw],
            stride: [1; 2],
            padding: [ph, pw],
            dilation: [1; 2],
        };
        Conv2d { window, input_channels, output_channels, groups: 1 }
    })
}

fn pool(conv: &Conv2d) -> Window {
    Window {
        input: conv.window.output,
        output: conv.window.output.map(|size| size / 2),
        kernel: [2; 2],
        stride: [2; 2],
        padding: [0; 2],
        dilation: [1; 2],
    }
}

/// Without winners, as in inference.
fn inference<T: Scalar>(rows: usize, conv: Conv2d, seed: u64) {
    let (pool, co) = (pool(&conv), conv.output_channels);
    let x: Vec<T> = values(rows * conv.input_len(), seed);
    let w: Vec<T> = values(conv.weight_len(), seed + 1);
    let bias: Vec<T> = values(co, seed + 3);
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    let fun = [Some(Fun::Relu), None, Some(Fun::Tanh)][seed as usize % 3];
    check::<T>(&[rows * pool.output[0] * pool.output[1] * co], |is_twin, cpu, y| {
        if is_twin {
            let mut between = alloc::vec![T::ZERO; rows * conv.output_len()];
            naive::conv2d(cpu, &mut between, &x, &w, bias, fun, rows, conv);
            naive::max_pool2d(cpu, &mut y[0], &between, rows, co, pool);
        } else {
            T::conv2d_max_pool2d(cpu, &mut y[0], None, &x, &w, bias, fun, rows, conv);
        }
    });
}

fn both<T: Scalar>(rows: usize, conv: Conv2d, seed: u64) {
    inference::<T>(rows, conv, seed);
    let (pool, co) = (pool(&conv), conv.output_channels);
    let len = pool.output[0] * pool.output[1] * co;
    let x: Vec<T> = values(rows * conv.input_len(), seed);
    let w: Vec<T> = values(conv.weight_len(), seed + 1);
    let dy: Vec<T> = values(rows * len, seed + 2);
    let bias: Vec<T> = values(co, seed + 3);
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    let fun = seed.is_multiple_of(2).then_some(Fun::Relu);
    // Of the bias there is a gradient or none; relu is part of the verb, or has its own step.
    let summed = if bias.is_some() { co } else { 0 };
    check::<T>(&[rows * len, conv.weight_len(), summed], |is_twin, cpu, out| {
        let [y, dw, dbias] = out else { unreachable!("three outputs") };
        let mut index = alloc::vec![9; rows * len];
        if is_twin {
            let mut between = alloc::vec![T::ZERO; rows * conv.output_len()];
            naive::conv2d(cpu, &mut between, &x, &w, bias, fun, rows, conv);
            naive::max_pool2d_indexed(cpu, y, &mut index, &between, rows, co, pool);
            let mut before = dy.clone();
            if let Some(fun) = fun {
                naive::map_grad(cpu, &mut before, &dy, y, fun);
            }
            if summed > 0 {
                naive::sum_rows(cpu, dbias, &before);
            }
            naive::max_pool2d_grad(cpu, &mut between, &before, &index, rows, co, pool);
            naive::conv2d_grad_weight(cpu, dw, &mut [], &x, &between, rows, conv);
        } else {
            let mut partial = alloc::vec![T::from_f64(-7.5); 3 * (conv.weight_len() + summed)];
            T::conv2d_max_pool2d(cpu, y, Some(&mut index), &x, &w, bias, fun, rows, conv);
            let (dbias, kept) = (bias.map(|_| &mut dbias[..]), fun.map(|_| &y[..]));
            let gradient = T::conv2d_max_pool2d_grad_weight;
            gradient(cpu, dw, dbias, &mut partial, &x, &dy, kept, &index, rows, conv);
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn pooled_convolutions_of_f32(rows in 1..5_usize, conv in conv(), seed in 0..1000_u64) {
        prop_assume!(conv.weight_len() <= 32 * conv.output_channels);
        both::<f32>(rows, conv, seed);
    }

    #[test]
    fn pooled_convolutions_of_f64(rows in 1..5_usize, conv in conv(), seed in 0..1000_u64) {
        prop_assume!(conv.weight_len() <= 32 * conv.output_channels);
        both::<f64>(rows, conv, seed);
    }
}

/// More taps than the gradient is made for, over channels that are constants in the kernel, or not.
fn deep() -> impl Strategy<Value = Conv2d> {
    let axis = (1..7_usize, 2..6_usize, 0..3_usize);
    let inputs = prop::sample::select(&[5, 6, 8, 16][..]);
    let outputs = prop::sample::select(&[1, 8, 16, 21][..]);
    (axis.clone(), axis, inputs, outputs).prop_map(|(v, h, inputs, outputs)| {
        let axes = [v, h].map(|(windows, kernel, padding)| {
            let padding = padding.min(kernel - 1);
            [(2 * windows + kernel).saturating_sub(2 * padding + 1).max(1), kernel, padding]
        });
        let of = |i: usize| axes.map(|axis| axis[i]);
        sized(of(0), of(1), of(2), [inputs, outputs])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn many_taps(rows in 1..4_usize, conv in deep(), seed in 0..1000_u64) {
        let taps = conv.weight_len() / conv.output_channels;
        prop_assume!(conv.window.output.iter().all(|size| *size >= 2) && taps <= 256);
        inference::<f32>(rows, conv, seed);
        inference::<f64>(rows, conv, seed);
    }
}

/// The largest of four is kept even where it is not a number.
#[test]
fn a_nan_wins() {
    let window = Window {
        input: [2; 2],
        output: [2; 2],
        kernel: [1; 2],
        stride: [1; 2],
        padding: [0; 2],
        dilation: [1; 2],
    };
    let sizes = [[1, 1], [1, 32], [1, 37], [40, 64]];
    for (place, [inputs, channels]) in (0..4).zip(sizes) {
        let conv = Conv2d { window, input_channels: inputs, output_channels: channels, groups: 1 };
        let mut x = alloc::vec![1.0; 4 * inputs];
        x[place * inputs] = f32::NAN;
        let (mut y, w) = (alloc::vec![0.0; channels], alloc::vec![1.0; inputs * channels]);
        for cpu in levels() {
            f32::conv2d_max_pool2d(cpu, &mut y, None, &x, &w, None, None, 1, conv);
            assert!(y.iter().all(|y| y.is_nan()), "at {place} of {channels}");
        }
    }
}

fn sized(
    input: [usize; 2],
    kernel: [usize; 2],
    padding: [usize; 2],
    [input_channels, output_channels]: [usize; 2],
) -> Conv2d {
    let output = [0, 1].map(|axis| input[axis] + 2 * padding[axis] + 1 - kernel[axis]);
    let window = Window { input, output, kernel, stride: [1; 2], padding, dilation: [1; 2] };
    Conv2d { window, input_channels, output_channels, groups: 1 }
}

/// The largest images and the most taps that the plan joins.
#[test]
fn sizes_at_the_limits() {
    for (seed, conv) in [
        sized([64, 64], [1, 1], [0, 0], [1, 19]),
        sized([62, 62], [4, 8], [1, 1], [1, 19]),
        sized([2, 2], [1, 1], [0, 0], [32, 19]),
        sized([2, 2048], [1, 2], [0, 0], [1, 19]),
        sized([3, 3], [2, 2], [1, 1], [8, 19]),
        sized([7, 5], [3, 3], [1, 1], [3, 19]),
    ]
    .into_iter()
    .enumerate()
    {
        both::<f32>(2, conv, seed as u64);
        both::<f64>(1, conv, seed as u64);
    }
    inference::<f32>(2, sized([14, 14], [5, 5], [0, 0], [6, 16]), 1);
    inference::<f32>(2, sized([16, 16], [4, 4], [0, 0], [16, 16]), 2);
    inference::<f32>(1, sized([20, 20], [5, 5], [2, 2], [6, 32]), 3);
}

/// Vectors of windows: several to a row, with borders that are odd and even, and blocks of channels.
#[test]
fn few_channels() {
    for (seed, conv) in [
        sized([28, 28], [5, 5], [2, 2], [1, 6]),
        sized([9, 70], [3, 3], [0, 0], [1, 5]),
        sized([12, 41], [3, 3], [1, 1], [1, 8]),
        sized([6, 31], [2, 7], [1, 3], [1, 7]),
        sized([40, 33], [1, 1], [0, 0], [1, 1]),
        sized([60, 60], [5, 5], [2, 2], [1, 4]),
    ]
    .into_iter()
    .enumerate()
    {
        both::<f32>(3, conv, seed as u64);
        both::<f64>(2, conv, seed as u64);
    }
}
