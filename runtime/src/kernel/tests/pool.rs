use alloc::vec::Vec;

use proptest::prelude::*;

use super::check;
use crate::{
    kernel::{Window, naive},
    simd::{Cpu, Scalar},
    testing::{levels, values},
};

/// Windows that all hold a part of the image.
fn window() -> impl Strategy<Value = Window> {
    let axis = (1..5_usize, 1..4_usize, 0..4_usize, 1..9_usize, 1..4_usize);
    let axis = axis.prop_map(|(kernel, stride, padding, extra, dilation)| {
        // A window whose taps all fall in the padding has no value: dilation goes without padding.
        let padding = if dilation == 1 { padding.min(kernel - 1) } else { 0 };
        let reach = (kernel - 1) * dilation + 1;
        let input = (reach + extra).saturating_sub(2 * padding).max(1);
        let output = (input + 2 * padding).max(reach) - reach;
        let last = (input + padding - 1) / stride;
        [input, (output / stride).min(last) + 1, kernel, stride, padding, dilation]
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

fn pools<T: Scalar>(rows: usize, channels: usize, window: Window, seed: u64) {
    let input = rows * window.input[0] * window.input[1] * channels;
    let output = rows * window.output[0] * window.output[1] * channels;
    // Few values, so that there are equals.
    let x: Vec<T> = values::<T>(input, seed)
        .iter()
        .map(|x| T::from_f64(libm::round(2.0 * x.to_f64())))
        .collect();
    let dy: Vec<T> = values(output, seed + 1);
    let (mut y, mut index) = (alloc::vec![T::ZERO; output], alloc::vec![0; output]);
    naive::max_pool2d_indexed(Cpu::detect(), &mut y, &mut index, &x, rows, channels, window);
    check::<T>(&[output], |twin, cpu, y| {
        let run = if twin { naive::max_pool2d } else { T::max_pool2d };
        run(cpu, &mut y[0], &x, rows, channels, window);
    });
    check::<T>(&[output], |twin, cpu, y| {
        let mut found = alloc::vec![9; output];
        let run = if twin { naive::max_pool2d_indexed } else { T::max_pool2d_indexed };
        run(cpu, &mut y[0], &mut found, &x, rows, channels, window);
        assert_eq!(found, index);
    });
    check::<T>(&[input], |twin, cpu, dx| {
        let run = if twin { naive::max_pool2d_grad } else { T::max_pool2d_grad };
        run(cpu, &mut dx[0], &dy, &index, rows, channels, window);
    });
    check::<T>(&[input], |twin, cpu, dx| {
        let run = if twin { naive::max_pool2d_grad_by_value } else { T::max_pool2d_grad_by_value };
        run(cpu, &mut dx[0], &dy, &y, &x, rows, channels, window);
    });
    check::<T>(&[output], |twin, cpu, y| {
        let run = if twin { naive::avg_pool2d } else { T::avg_pool2d };
        run(cpu, &mut y[0], &x, rows, channels, window);
    });
    check::<T>(&[input], |twin, cpu, dx| {
        let run = if twin { naive::avg_pool2d_grad } else { T::avg_pool2d_grad };
        run(cpu, &mut dx[0], &dy, rows, channels, window);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn pooling(
        rows in 1..5_usize,
        channels in prop::sample::select(&[1, 2, 3, 8, 17, 64, 65][..]),
        window in window(),
        seed in 0..1000_u64,
    ) {
        pools::<f32>(rows, channels, window, seed);
        pools::<f64>(rows, channels, window, seed);
    }

    /// Windows that tile the image have kernels of their own; odd sizes leave a row or column over.
    #[test]
    fn pooling_by_halves(
        rows in 1..4_usize,
        channels in prop::sample::select(&[1, 3, 15, 16, 17, 32, 37][..]),
        height in 2..8_usize,
        width in 2..8_usize,
        seed in 0..1000_u64,
    ) {
        let window = Window {
            input: [height, width],
            output: [height / 2, width / 2],
            kernel: [2; 2],
            stride: [2; 2],
            padding: [0; 2],
            dilation: [1; 2],
        };
        pools::<f32>(rows, channels, window, seed);
        pools::<f64>(rows, channels, window, seed);
    }
}

/// A NaN wins over everything, infinity included, and the first NaN over later ones; minus infinity
/// is a value like others.
#[test]
fn winners_among_special_values() {
    specials::<f32>();
    specials::<f64>();
}

fn specials<T: Scalar>() {
    const CHANNELS: usize = 19;
    let [nan, high, low] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let cases = [
        ([1.0, nan, high, nan], nan, 1),
        ([nan, 2.0, 3.0, 4.0], nan, 0),
        ([4.0, high, 1.0, nan], nan, 3),
        ([low, low, low, low], low, 0),
        ([low, 0.0, -0.0, low], 0.0, 1),
        ([5.0, high, high, 5.0], high, 1),
    ];
    let window = Window {
        input: [2; 2],
        output: [1; 2],
        kernel: [2; 2],
        stride: [2; 2],
        padding: [0; 2],
        dilation: [1; 2],
    };
    let dy = [T::ONE; CHANNELS];
    for (taps, value, winner) in cases {
        let x: Vec<T> = taps.iter().flat_map(|x| [T::from_f64(*x); CHANNELS]).collect();
        for cpu in levels() {
            let (mut y, mut plain) = ([T::ZERO; CHANNELS], [T::ZERO; CHANNELS]);
            let mut index = [9; CHANNELS];
            T::max_pool2d(cpu, &mut plain, &x, 1, CHANNELS, window);
            T::max_pool2d_indexed(cpu, &mut y, &mut index, &x, 1, CHANNELS, window);
            assert_eq!(index, [winner; CHANNELS], "{taps:?}");
            for y in y.iter().chain(&plain).map(|y| y.to_f64()) {
                assert!(y == value || (y.is_nan() && value.is_nan()), "{y} of {taps:?}");
            }
            let mut expected = [T::ZERO; 4 * CHANNELS];
            expected[usize::from(winner) * CHANNELS..][..CHANNELS].fill(T::ONE);
            let mut dx = expected.map(|_| T::from_f64(-7.5));
            T::max_pool2d_grad(cpu, &mut dx, &dy, &index, 1, CHANNELS, window);
            assert!(dx == expected, "gradient of {taps:?}");
            dx.fill(T::from_f64(-7.5));
            T::max_pool2d_grad_by_value(cpu, &mut dx, &dy, &y, &x, 1, CHANNELS, window);
            assert!(dx == expected, "gradient by value of {taps:?}");
        }
    }
}
