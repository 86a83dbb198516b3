//! Time steps of causal layers.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{check, check_within, tolerance};
use crate::{
    kernel::{Taps, Verbs as _, naive},
    pointwise::Fun,
    simd::Scalar,
    testing::values,
};

/// Taps, dilation, groups and outputs of a group.
type Sizes = [usize; 4];

/// Some time steps of layers one after the other; what they keep is compared too.
fn chain<T: Scalar>(inputs: usize, sizes: &[Sizes], steps: u64, seed: u64) {
    let mut k = inputs;
    let mut made = Vec::new();
    for (at, &[kernel, dilation, groups, outputs]) in sizes.iter().enumerate() {
        let groups = if k.is_multiple_of(groups) { groups } else { 1 };
        let n = groups * outputs;
        let scale = T::from_f64(((kernel * (k / groups)) as f64).sqrt().recip());
        let w = values::<T>(kernel * (k / groups) * n, seed + at as u64);
        let w = w.into_iter().map(|w| w * scale).collect();
        let bias = values::<T>(n, seed + 50 + at as u64);
        let rows = if kernel > 1 { ((kernel - 1) * dilation + 1).next_power_of_two() } else { 0 };
        made.push(([kernel, dilation, groups, k, n], w, bias, rows * k));
        k = n;
    }
    let x: Vec<T> = values(inputs * steps as usize, seed + 99);
    let lens: Vec<usize> = [k].into_iter().chain(made.iter().map(|layer| layer.3)).collect();
    // A single output can be a small difference of sums.
    check_within::<T>(10.0 * tolerance::<T>(), &lens, |twin, cpu, outputs| {
        let (y, rings) = outputs.split_first_mut().expect("the first is the output");
        rings.iter_mut().for_each(|ring| ring.fill(T::ZERO));
        // The rings start anywhere, before the number of the step wraps too.
        for (time, x) in (0..steps).map(|t| t.wrapping_sub(4)).zip(x.chunks(inputs)) {
            let mut layers: Vec<_> = made.iter().zip(&mut *rings).enumerate().map(taps).collect();
            match twin {
                true => naive::causal_chain(cpu, y, x, &mut layers, time),
                false => T::causal_chain(cpu, y, x, &mut layers, time),
            }
        }
    });
}

/// Sizes, weight, bias and scalars of the ring.
type Made<T> = ([usize; 5], Vec<T>, Vec<T>, usize);

fn taps<'a, T: Scalar>((at, (made, ring)): (usize, (&'a Made<T>, &'a mut Vec<T>))) -> Taps<'a, T> {
    let ([kernel, dilation, groups, k, n], w, bias, _) = made;
    Taps {
        ring: (*kernel > 1).then_some(ring),
        w,
        bias: (at % 3 != 1).then_some(bias),
        fun: (at % 2 == 0).then_some(Fun::Tanh),
        kernel: *kernel,
        dilation: *dilation,
        groups: *groups,
        k: *k,
        n: *n,
    }
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (1..5_usize, 1..7_usize, 1..4_usize, 1..=10_usize).prop_map(<[usize; 4]>::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn chains(inputs in 1..33_usize, sizes in prop::collection::vec(sizes(), 2..5), steps in 1..40_u64, seed in 0..1000_u64) {
        chain::<f32>(inputs, &sizes, steps, seed);
        chain::<f64>(inputs, &sizes, steps, seed);
    }

    #[test]
    fn layers(inputs in 1..70_usize, (size, outputs) in (sizes(), 1..140_usize), steps in 1..20_u64, seed in 0..1000_u64) {
        let [kernel, dilation, groups, _] = size;
        chain::<f32>(inputs, &[[kernel, dilation, groups, outputs]], steps, seed);
        chain::<f64>(inputs, &[[kernel, dilation, groups, outputs]], steps, seed);
    }

    #[test]
    fn rows_and_means(width in 1..40_usize, rows in 1..9_usize, time in 0..20_u64, seed in 0..1000_u64) {
        let (x, table) = (values::<f32>(width, seed), values::<f32>(width * rows, seed + 1));
        check::<f32>(&[width], |twin, cpu, y| match twin {
            true => naive::add_row(cpu, &mut y[0], &x, &table, time),
            false => f32::add_row(cpu, &mut y[0], &x, &table, time),
        });
        check::<f32>(&[width, width], |twin, cpu, outputs| {
            let [y, sum] = outputs else { unreachable!("two outputs") };
            match twin {
                true => naive::running_mean(cpu, y, sum, &x, time),
                false => f32::running_mean(cpu, y, sum, &x, time),
            }
        });
    }
}
