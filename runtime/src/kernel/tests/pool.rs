use alloc::vec::Vec;

use proptest::prelude::*;

use super::check;
use crate::{
    kernel::{Window, naive},
    simd::{Cpu, Scalar},
    testing::values,
};

/// Windows that all hold a part of the image.
fn window() -> impl Strategy<Value = Window> {
    let axis = (1..5_usize, 1..4_usize, 0..4_usize, 1..9_usize);
    let axis = axis.prop_map(|(kernel, stride, padding, extra)| {
        let padding = padding.min(kernel - 1);
        let input = (kernel + extra).saturating_sub(2 * padding).max(1);
        let output = (input + 2 * padding).max(kernel) - kernel;
        let last = (input + padding - 1) / stride;
        [input, (output / stride).min(last) + 1, kernel, stride, padding]
    });
    (axis.clone(), axis).prop_map(|(v, h)| {
        let pair = |i: usize| [v[i], h[i]];
        Window {
            input: pair(0),
            output: pair(1),
            kernel: pair(2),
            stride: pair(3),
            padding: pair(4),
            dilation: [1; 2],
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
}
