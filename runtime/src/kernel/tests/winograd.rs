use alloc::vec::Vec;

use proptest::prelude::*;

use super::{check_within, tolerance};
use crate::{
    kernel::{Conv2d, Window, naive, winograd_room},
    pointwise::Fun,
    simd::Scalar,
    testing::values,
};

/// What the transforms magnify rounding by, at the most: within 4e-5 in `f32`.
const MAGNIFIED: f64 = 2.0;

fn axis() -> impl Strategy<Value = [usize; 3]> {
    (1..20_usize, 0..3_usize, 0..3_usize).prop_filter_map("an output", |(input, before, after)| {
        Some([input, (input + before + after).checked_sub(2).filter(|&size| size > 0)?, before])
    })
}

fn convolution() -> impl Strategy<Value = Conv2d> {
    let channels = prop::sample::select(&[16, 32, 64, 96, 160][..]);
    (axis(), axis(), channels.clone(), channels).prop_map(|(v, h, inputs, outputs)| Conv2d {
        window: Window {
            input: [v[0], h[0]],
            output: [v[1], h[1]],
            kernel: [3; 2],
            stride: [1; 2],
            padding: [v[2], h[2]],
            dilation: [1; 2],
        },
        input_channels: inputs,
        output_channels: outputs,
        groups: 1,
    })
}

fn agrees<T: Scalar>(rows: usize, tiles: usize, conv: Conv2d, seed: u64) {
    let x: Vec<T> = values(rows * conv.input_len(), seed);
    let w: Vec<T> = values(conv.weight_len(), seed + 1);
    let dy: Vec<T> = values(rows * conv.output_len(), seed + 2);
    let bias: Vec<T> = values(conv.output_channels, seed + 3);
    let fun = [None, Some(Fun::Relu), Some(Fun::LeakyRelu(0.1))][seed as usize % 3];
    let bias = (!seed.is_multiple_of(2)).then_some(&bias[..]);
    let len = winograd_room(conv.input_channels, conv.output_channels, tiles);
    let room = || alloc::vec![T::from_f64(-7.5); len];
    let tolerance = MAGNIFIED * tolerance::<T>();
    check_within::<T>(tolerance, &[rows * conv.output_len()], |twin, cpu, y| match twin {
        true => naive::conv2d(cpu, &mut y[0], &x, &w, bias, fun, rows, conv),
        false => T::winograd(cpu, &mut y[0], &mut room(), &x, &w, bias, fun, rows, conv),
    });
    check_within::<T>(tolerance, &[rows * conv.input_len()], |twin, cpu, dx| match twin {
        true => naive::conv2d_grad_input(cpu, &mut dx[0], &dy, &w, rows, conv),
        false => T::winograd_grad_input(cpu, &mut dx[0], &mut room(), &dy, &w, rows, conv),
    });
    check_within::<T>(tolerance, &[conv.weight_len()], |twin, cpu, dw| match twin {
        true => naive::conv2d_grad_weight(cpu, &mut dw[0], &mut [], &x, &dy, rows, conv),
        false => T::winograd_grad_weight(cpu, &mut dw[0], &mut room(), &x, &dy, rows, conv),
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn of_f32(rows in 0..7_usize, tiles in 8..30_usize, conv in convolution(), seed in 0..1000_u64) {
        agrees::<f32>(rows, tiles, conv, seed);
    }

    #[test]
    fn of_f64(rows in 0..4_usize, tiles in 8..30_usize, conv in convolution(), seed in 0..1000_u64) {
        agrees::<f64>(rows, tiles, conv, seed);
    }
}
