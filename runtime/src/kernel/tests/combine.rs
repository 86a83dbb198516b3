//! Verbs that combine values, and those that take them apart.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    kernel::naive,
    simd::{Cpu, Scalar},
    testing::values,
};

type Pair<T> = fn(Cpu, &mut [T], &[T], &[T]);
type Assign<T> = fn(Cpu, &mut [T], &[T]);

fn pairs<T: Scalar>(len: usize, [alpha, beta]: [f64; 2], seed: u64) {
    let [a, mut b, dy]: [Vec<T>; 3] = [0, 1, 2].map(|salt| values(len, seed + salt));
    b.iter_mut().zip(&a).step_by(3).for_each(|(b, a)| *b = *a);
    check::<T>(&[len], |twin, cpu, y| {
        let run = if twin { naive::axpby } else { T::axpby };
        run(cpu, &mut y[0], &a, &b, alpha, beta);
    });
    check::<T>(&[len], |twin, cpu, y| {
        y[0].copy_from_slice(&a);
        let run = if twin { naive::axpby_assign } else { T::axpby_assign };
        run(cpu, &mut y[0], &b, alpha, beta);
    });
    check::<T>(&[len], |twin, cpu, y| {
        let run = if twin { naive::scale } else { T::scale };
        run(cpu, &mut y[0], &a, alpha);
    });
    check::<T>(&[len], |twin, cpu, y| {
        y[0].copy_from_slice(&a);
        let run = if twin { naive::scale_assign } else { T::scale_assign };
        run(cpu, &mut y[0], alpha);
    });
    let both: [[Pair<T>; 2]; 2] = [[naive::multiply, T::multiply], [naive::maximum, T::maximum]];
    for [twin_run, run] in both {
        check::<T>(&[len], |twin, cpu, y| {
            (if twin { twin_run } else { run })(cpu, &mut y[0], &a, &b);
        });
    }
    let assign: [[Assign<T>; 2]; 2] =
        [[naive::multiply_assign, T::multiply_assign], [naive::maximum_assign, T::maximum_assign]];
    for [twin_run, run] in assign {
        check::<T>(&[len], |twin, cpu, y| {
            y[0].copy_from_slice(&a);
            (if twin { twin_run } else { run })(cpu, &mut y[0], &b);
        });
    }
    check::<T>(&[len], |twin, cpu, da| {
        let run = if twin { naive::maximum_grad } else { T::maximum_grad };
        run(cpu, &mut da[0], &dy, &a, &b);
    });
}

fn concats<T: Scalar>(rows: usize, widths: &[usize], seed: u64) {
    let parts: Vec<Vec<T>> =
        (0..).zip(widths).map(|(salt, n)| values(rows * n, seed + salt)).collect();
    let parts: Vec<(&[T], usize)> =
        parts.iter().zip(widths).map(|(x, n)| (x.as_slice(), *n)).collect();
    let width: usize = widths.iter().sum();
    check::<T>(&[rows * width], |twin, cpu, y| {
        let run = if twin { naive::concat } else { T::concat };
        run(cpu, &mut y[0], &parts);
    });
    let mut whole = alloc::vec![T::ZERO; rows * width];
    T::concat(Cpu::detect(), &mut whole, &parts);
    let mut start = 0;
    for (x, n) in &parts {
        check::<T>(&[rows * n], |twin, cpu, y| {
            let run = if twin { naive::split } else { T::split };
            run(cpu, &mut y[0], &whole, width, start, *n);
            assert_eq!(&y[0], x, "a part is what was put there");
        });
        start += n;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn two_values(len in 1..3000_usize, alpha in -2.0..2.0, beta in -2.0..2.0, seed in 0..1000_u64) {
        pairs::<f32>(len, [alpha, beta], seed);
        pairs::<f64>(len, [alpha, beta], seed);
    }

    #[test]
    fn values_side_by_side(
        rows in prop::sample::select(&SIZES[..]),
        widths in prop::collection::vec(prop::sample::select(&SIZES[..]), 1..5),
        seed in 0..1000_u64,
    ) {
        concats::<f32>(rows, &widths, seed);
        concats::<f64>(rows, &widths, seed);
    }
}

#[test]
fn a_nan_is_the_maximum() {
    let (a, b) = ([f32::NAN, 1.0, 2.0], [1.0, f32::NAN, 3.0]);
    let mut y = [0.0; 3];
    <f32 as crate::kernel::Verbs>::maximum(Cpu::detect(), &mut y, &a, &b);
    assert!(y[0].is_nan() && y[1].is_nan() && y[2] == 3.0, "{y:?}");
}
