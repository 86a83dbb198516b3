use alloc::vec::Vec;

use proptest::prelude::*;

use super::check;
use crate::{
    kernel::{Conv2d, Window, naive},
    pointwise::Fun,
    simd::Scalar,
    testing::values,
};

/// Windows of every kind that fit their image.
fn window() -> impl Strategy<Value = Window> {
    let axis = (1..5_usize, 1..4_usize, 1..4_usize, 0..4_usize, 1..9_usize);
    let axis = axis.prop_map(|(kernel, stride, dilation, padding, extra)| {
        let extent = (kernel - 1) * dilation + 1;
        let padding = padding.min(extent - 1);
        let input = (extent + extra).saturating_sub(2 * padding).max(1);
        let padded = (input + 2 * padding).max(extent);
        // An even share of the padding, or one pixel more below.
        let output = (padded - extent) / stride + 1;
        [input, output, kernel, stride, padding, dilation]
    });
    (axis.clone(), axis).prop_map(|(v, h)| {
        let pair = |i: usize| [v[i], h[i]];
        Window {
            input: pair(0),
            output: pair(1),
            kernel: pair(2),
            stride: pair(3),
            padding: pair(4),
            dilation: pair(5),
        }
    })
}

/// `[groups, inputs of a group, outputs of a group]`.
fn channels() -> impl Strategy<Value = [usize; 3]> {
    let few = prop::sample::select(&[1, 2, 3, 5, 8, 17, 33][..]);
    prop_oneof![
        3 => (few.clone(), few.clone()).prop_map(|(i, o)| [1, i, o]),
        1 => (2..4_usize, 1..4_usize, 1..4_usize).prop_map(|(g, i, o)| [g, i, o]),
        1 => prop::sample::select(&[2, 5, 16, 37, 67][..]).prop_map(|groups| [groups, 1, 1]),
    ]
}

fn convolutions<T: Scalar>(rows: usize, conv: Conv2d, seed: u64) {
    let x: Vec<T> = values(rows * conv.input_len(), seed);
    let w: Vec<T> = values(conv.weight_len(), seed + 1);
    let dy: Vec<T> = values(rows * conv.output_len(), seed + 2);
    let bias: Vec<T> = values(conv.output_channels, seed + 3);
    let fun = seed.is_multiple_of(2).then_some(Fun::Tanh);
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    check::<T>(&[rows * conv.output_len()], |twin, cpu, y| match twin {
        true => naive::conv2d(cpu, &mut y[0], &x, &w, bias, fun, rows, conv),
        false => T::conv2d(cpu, &mut y[0], &x, &w, bias, fun, rows, conv),
    });
    check::<T>(&[rows * conv.input_len()], |twin, cpu, dx| match twin {
        true => naive::conv2d_grad_input(cpu, &mut dx[0], &dy, &w, rows, conv),
        false => T::conv2d_grad_input(cpu, &mut dx[0], &dy, &w, rows, conv),
    });
    check::<T>(&[conv.weight_len()], |twin, cpu, dw| {
        let mut partial = alloc::vec![T::from_f64(-7.5); 3 * conv.weight_len()];
        match twin {
            true => naive::conv2d_grad_weight(cpu, &mut dw[0], &mut partial, &x, &dy, rows, conv),
            false => T::conv2d_grad_weight(cpu, &mut dw[0], &mut partial, &x, &dy, rows, conv),
        }
    });
}

fn conv([groups, inputs, outputs]: [usize; 3], window: Window) -> Conv2d {
    Conv2d { window, input_channels: groups * inputs, output_channels: groups * outputs, groups }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn of_f32(rows in 1..5_usize, channels in channels(), window in window(), seed in 0..1000_u64) {
        convolutions::<f32>(rows, conv(channels, window), seed);
    }

    #[test]
    fn of_f64(rows in 1..5_usize, channels in channels(), window in window(), seed in 0..1000_u64) {
        convolutions::<f64>(rows, conv(channels, window), seed);
    }
}

/// Deeper than a panel, in one run of the image and in many.
#[test]
fn deep_convolutions() {
    let window = |dilation| Window {
        input: [7, 6],
        output: [7, 6],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [dilation, dilation],
        dilation: [dilation; 2],
    };
    convolutions::<f32>(3, conv([1, 90, 40], window(1)), 1);
    convolutions::<f32>(2, conv([1, 300, 20], window(2)), 5);
    convolutions::<f64>(2, conv([2, 70, 37], window(1)), 3);
}

/// Images of height 1 whose channels fill a vector of some level, or are one.
#[test]
fn lines() {
    for (seed, (width, inputs, kernel, dilation, padding)) in [
        (128, 8, 3, 1, 2),
        (128, 8, 3, 8, 16),
        (40, 1, 5, 3, 6),
        (9, 3, 2, 9, 9),
        (1, 2, 1, 1, 0),
        (33, 17, 4, 2, 0),
        (50, 1, 31, 1, 30),
        (7, 5, 3, 1, 9),
    ]
    .into_iter()
    .enumerate()
    {
        let output = [1, width + padding - (kernel - 1) * dilation];
        let window = Window {
            input: [1, width],
            output,
            kernel: [1, kernel],
            stride: [1; 2],
            padding: [0, padding],
            dilation: [1, dilation],
        };
        for outputs in [1, 2, 4, 8] {
            convolutions::<f32>(3, conv([1, inputs, outputs], window), seed as u64);
            convolutions::<f64>(2, conv([1, inputs, outputs], window), seed as u64);
        }
    }
}

/// Input gradients whose vectors hold several taps.
#[test]
fn few_input_channels() {
    for (seed, (size, channels, kernel, padding)) in [
        ([14, 14], [6, 16], [5, 5], [0, 0]),
        ([7, 9], [3, 20], [3, 3], [1, 1]),
        ([5, 40], [1, 7], [2, 4], [1, 3]),
        ([11, 6], [8, 33], [3, 2], [0, 1]),
        ([1, 3], [2, 5], [1, 3], [0, 2]),
    ]
    .into_iter()
    .enumerate()
    {
        let output = [0, 1].map(|axis| size[axis] + 2 * padding[axis] + 1 - kernel[axis]);
        let (stride, dilation) = ([1; 2], [1; 2]);
        let window = Window { input: size, output, kernel, stride, padding, dilation };
        convolutions::<f32>(3, conv([1, channels[0], channels[1]], window), seed as u64);
        convolutions::<f64>(2, conv([1, channels[0], channels[1]], window), seed as u64);
    }
}
