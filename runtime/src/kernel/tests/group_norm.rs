//! Normalisation by groups of channels.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check_within, tolerance};
use crate::{
    kernel::{Groups, Verbs, naive},
    simd::{Cpu, Scalar},
    testing::values,
};

fn norms<T: Scalar>(blocks: usize, sizes: Groups, beta: bool, seed: u64) {
    // Few values may lie close together: `rstd`, up to 30 here, magnifies what both sides round, and a
    // sum over few may cancel.
    let tolerance = tolerance::<T>().max(1e-12);
    let (len, n, kept) = (blocks * sizes.block(), sizes.channels, 2 * sizes.kept());
    let mut x: Vec<T> = values(len, seed);
    x.iter_mut().for_each(|x| *x += T::from_f64(3.0));
    let dy: Vec<T> = values(len, seed + 1);
    let [gamma, offsets]: [Vec<T>; 2] = [2, 3].map(|salt| values(n, seed + salt));
    let offsets = beta.then_some(&offsets[..]);
    check_within::<T>(tolerance, &[len, blocks * kept], |twin, cpu, out| {
        let [y, stats] = out else { unreachable!("two outputs") };
        let run = if twin { naive::group_norm } else { T::group_norm };
        run(cpu, y, stats, &x, &gamma, offsets, sizes);
    });
    let (mut y, mut stats) = (alloc::vec![T::ZERO; len], alloc::vec![T::ZERO; blocks * kept]);
    naive::group_norm(Cpu::detect(), &mut y, &mut stats, &x, &gamma, offsets, sizes);
    // The sums of a few channels may all but cancel.
    let of_sums = tolerance * if n < 8 { 100.0 } else { 1.0 };
    check_within::<T>(of_sums, &[n, n], |twin, cpu, out| {
        let [dgamma, dbeta] = out else { unreachable!("two outputs") };
        let run = if twin { naive::group_norm_grad_scale } else { T::group_norm_grad_scale };
        run(cpu, dgamma, Some(dbeta), &dy, &x, &stats, sizes);
    });
    // One or two values alone have a gradient of zero up to rounding, which has no relative error.
    if sizes.block() / sizes.groups > 2 {
        check_within::<T>(tolerance, &[len], |twin, cpu, dx| {
            let run = if twin { naive::group_norm_grad_input } else { T::group_norm_grad_input };
            run(cpu, &mut dx[0], &dy, &x, &stats, &gamma, sizes);
        });
    }
}

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn one_group(
        blocks in size(),
        pixels in 1..4_usize,
        channels in size(),
        centred: bool,
        seed in 0..1000_u64,
    ) {
        let sizes = Groups { pixels, channels, groups: 1, centred, epsilon: 1e-3 };
        norms::<f32>(blocks, sizes, centred, seed);
        norms::<f64>(blocks, sizes, centred, seed);
    }

    #[test]
    fn several_groups(
        blocks in 1..4_usize,
        pixels in size(),
        groups in 2..9_usize,
        width in size(),
        centred: bool,
        seed in 0..1000_u64,
    ) {
        let sizes = Groups { pixels, channels: groups * width, groups, centred, epsilon: 1e-3 };
        norms::<f32>(blocks, sizes, centred, seed);
        norms::<f64>(blocks, sizes, centred, seed);
    }
}

/// More columns than are summed together, in groups wider and narrower than these.
#[test]
fn many_channels() {
    for groups in [1, 2, 130, 5] {
        let sizes = Groups { pixels: 3, channels: 130, groups, centred: true, epsilon: 1e-3 };
        norms::<f32>(2, sizes, true, 5);
    }
}

/// Values far from zero beside their spread keep their mean.
#[test]
fn large_means() {
    for groups in [1, 4] {
        let x: Vec<f32> = values::<f32>(4096, 1).iter().map(|x| 1e5 + x).collect();
        let sizes = Groups { pixels: 512, channels: 8, groups, centred: true, epsilon: 1e-3 };
        let run = |twin: bool| {
            let (mut y, mut stats) = (alloc::vec![0.0; 4096], alloc::vec![0.0; 2 * sizes.kept()]);
            let run = if twin { naive::group_norm } else { <f32 as Verbs>::group_norm };
            run(Cpu::detect(), &mut y, &mut stats, &x, &[1.0; 8], None, sizes);
            y
        };
        for (found, expected) in run(false).iter().zip(run(true)) {
            assert!((found - expected).abs() < 0.02, "{found} instead of {expected}");
        }
    }
}
