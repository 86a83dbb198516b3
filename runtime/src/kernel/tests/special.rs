//! Values that are not finite or very large, and sizes of nothing.

use alloc::vec::Vec;

use crate::{
    gradient::WeightGradient,
    half::bf16,
    kernel::{
        Attention, Brain, Conv2d, Groups, Verbs, Window, gemm::gemm_grad_weight_by_blocks, naive,
        winograd_filter_len, winograd_room,
    },
    parallel::Rows,
    pointwise::Fun,
    simd::Cpu,
    testing::{levels, values},
};

type GroupNorm = fn(Cpu, &mut [f32], &mut [f32], &[f32], &[f32], Option<&[f32]>, Groups);

fn same(found: &[f32], expected: &[f32]) -> bool {
    let near = |(f, e): (&f32, &f32)| f == e || (f.is_nan() && e.is_nan()) || (f - e).abs() < 1e-4;
    found.iter().zip(expected).all(near)
}

#[test]
fn prepared_convolutions_of_no_samples() {
    let window = Window {
        input: [8; 2],
        output: [8; 2],
        kernel: [3; 2],
        stride: [1; 2],
        padding: [1; 2],
        dilation: [1; 2],
    };
    let conv = Conv2d { window, input_channels: 32, output_channels: 32, groups: 1 };
    let u = alloc::vec![0.0_f32; winograd_filter_len(32, 32)];
    let mut room = alloc::vec![0.0_f32; winograd_room(32, 32, 24)];
    for cpu in levels() {
        f32::winograd_transformed(cpu, &mut [], &mut room, &[], &u, None, None, 0, conv);
    }
}

#[test]
fn gradients_of_no_samples_are_zero() {
    let (mut room, mut data) = ([1.0_f32; 16], [1.0_f32; 4]);
    let gradient = WeightGradient { x: &[], dy: &[], rows: 0, inputs: 4, outputs: 4 };
    let data = Rows { values: &mut data, len: 1 };
    gemm_grad_weight_by_blocks(
        Cpu::detect(),
        &mut room,
        gradient,
        data,
        &|dw, _: Rows<'_, f32>| {
            assert_eq!(dw, [0.0; 16]);
        },
    );
}

#[test]
fn an_average_of_no_taps_is_zero() {
    let window = Window {
        input: [1, 1],
        output: [1, 1],
        kernel: [1, 2],
        stride: [1; 2],
        padding: [0, 1],
        dilation: [1, 3],
    };
    let (mut expected, mut found) = ([7.0_f32], [7.0_f32]);
    naive::avg_pool2d(Cpu::detect(), &mut expected, &[1.0], 1, 1, window);
    f32::avg_pool2d(Cpu::detect(), &mut found, &[1.0], 1, 1, window);
    assert_eq!((found, expected), ([0.0], [0.0]));
}

/// Rounding to zero from below must not hide them.
#[test]
fn statistics_of_values_that_are_not_finite() {
    for (centred, groups, bad) in [
        (false, 1, f32::NAN),
        (true, 1, f32::INFINITY),
        (true, 1, f32::NAN),
        (false, 2, f32::NAN),
        (true, 2, f32::INFINITY),
    ] {
        let sizes = Groups { pixels: 1, channels: 4, groups, centred, epsilon: 1e-6 };
        let run = |of: GroupNorm| {
            let (mut y, mut stats) = ([0.0; 4], alloc::vec![0.0; 2 * sizes.kept()]);
            of(Cpu::detect(), &mut y, &mut stats, &[1.0, bad, 2.0, 3.0], &[1.0; 4], None, sizes);
            y
        };
        let (expected, found) = (run(naive::group_norm), run(<f32 as Verbs>::group_norm));
        assert!(same(&found, &expected), "{found:?}, not {expected:?}");
    }
}

/// Sums of a quarter of a million pixels.
#[test]
fn statistics_of_many_pixels() {
    let sizes = Groups { pixels: 1 << 18, channels: 2, groups: 2, centred: true, epsilon: 1e-5 };
    let x: Vec<f32> = values::<f32>(1 << 19, 3).iter().map(|x| 0.3 * x + 3.1).collect();
    let run = |of: GroupNorm| {
        let (mut y, mut stats) = (alloc::vec![0.0; x.len()], alloc::vec![0.0; 2 * sizes.kept()]);
        of(Cpu::detect(), &mut y, &mut stats, &x, &[1.0; 2], None, sizes);
        stats
    };
    let (expected, found) = (run(naive::group_norm), run(<f32 as Verbs>::group_norm));
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 2e-6 * expected.abs(), "{found}, not {expected}");
    }
}

#[test]
fn batch_statistics_of_a_nan_are_nan() {
    let [mut y, mut mean, mut rstd, mut running_mean, mut running_var] =
        [4, 1, 1, 1, 1].map(|len| alloc::vec![1.0_f32; len]);
    let state = (&mut running_mean[..], &mut running_var[..]);
    let x = [1.0, f32::NAN, 2.0, 3.0];
    let (moved_mean, moved_var) = state;
    f32::batch_norm(
        Cpu::detect(),
        &mut y,
        &mut mean,
        &mut rstd,
        moved_mean,
        moved_var,
        &x,
        &[1.0],
        &[0.0],
        0.9,
        1e-3,
    );
    assert!(rstd[0].is_nan() && running_var[0].is_nan() && running_mean[0].is_nan());
}

/// As scores of a mask, or products that overflow.
#[test]
fn a_block_of_keys_that_weigh_nothing() {
    let sizes = Attention {
        time: 1,
        key_time: 70,
        heads: 1,
        key_value_heads: 1,
        head_size: 1,
        causal: false,
    };
    let v: Vec<f32> = values(70, 3);
    let masked = |i| if i < 69 { f32::NEG_INFINITY } else { 0.5 };
    let large = |i| if i < 64 { -3e38 } else { 1.0 };
    for k in [(0..70).map(masked).collect::<Vec<f32>>(), (0..70).map(large).collect()] {
        let run = |twin: bool, cpu| {
            let (mut y, mut stats) = ([0.0], [0.0]);
            let attention = if twin { naive::attention } else { f32::attention };
            attention(cpu, &mut y, &mut stats, &[2.0], &k, &v, 1, sizes);
            [y[0], stats[0]]
        };
        for cpu in levels() {
            let (found, expected) = (run(false, cpu), run(true, cpu));
            assert!(same(&found, &expected) && found[0].is_finite(), "{found:?}, not {expected:?}");
        }
    }
}

#[test]
fn the_slope_of_large_values_is_that_of_the_ends() {
    for cpu in levels() {
        for x in [1e3, 1e14, 1e20, 3e38, f32::INFINITY] {
            for (x, expected) in [(x, 1.0), (-x, 0.0)] {
                let mut d = [1.0_f32];
                f32::map_grad_assign(cpu, &mut d, &[x], Fun::GeluTanh);
                assert_eq!(d, [expected], "at {x}");
            }
        }
    }
}

/// A sum of so many steps would stand still.
#[test]
fn a_mean_of_many_steps_stays_one() {
    let (mut y, mut mean) = ([0.0_f32], [0.7_f32]);
    for step in 0..1000 {
        f32::running_mean(Cpu::detect(), &mut y, &mut mean, &[0.7], 40_000_000 + step);
    }
    assert_eq!(y, [0.7]);
}

#[test]
fn a_nan_of_half_a_word_stays_one() {
    let mut bits = [0_u16; 64];
    let mut weights = [0.0_f32; 64];
    weights[0] = f32::from_bits(0x7F80_0001);
    Brain::store(&weights, &mut bits, 64);
    let stored = bits.iter().filter(|bits| bf16::from_bits(**bits).to_f32().is_nan()).count();
    assert_eq!(stored, 1);
}
