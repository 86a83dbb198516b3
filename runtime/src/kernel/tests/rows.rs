//! Verbs that go over rows: softmax, batch normalisation, dropout.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    kernel::{Stream, naive},
    simd::{Cpu, Scalar},
    testing::{levels, values},
};

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

type Forward<T> = fn(Cpu, &mut [T], &[T], usize);
type Backward<T> = fn(Cpu, &mut [T], &[T], &[T], usize);

/// A verb and its gradient, each with its twin first.
type Pair<T> = ([Forward<T>; 2], [Backward<T>; 2]);

fn softmaxes<T: Scalar>(rows: usize, n: usize, seed: u64) {
    let (x, dy): (Vec<T>, Vec<T>) = (values(rows * n, seed), values(rows * n, seed + 1));
    let mut y = alloc::vec![T::ZERO; rows * n];
    let pairs: [Pair<T>; 2] = [
        ([naive::softmax, T::softmax], [naive::softmax_grad, T::softmax_grad]),
        ([naive::log_softmax, T::log_softmax], [naive::log_softmax_grad, T::log_softmax_grad]),
    ];
    for ([twin, kernel], [twin_grad, kernel_grad]) in pairs {
        check::<T>(&[rows * n], |is_twin, cpu, y| {
            (if is_twin { twin } else { kernel })(cpu, &mut y[0], &x, n);
        });
        twin(Cpu::detect(), &mut y, &x, n);
        // The gradient of one class alone is zero up to rounding, which has no relative error.
        if n > 1 {
            check::<T>(&[rows * n], |is_twin, cpu, dx| {
                (if is_twin { twin_grad } else { kernel_grad })(cpu, &mut dx[0], &dy, &y, n);
            });
        }
    }
}

/// A row has the same bits alone and among others.
fn alone<T: Scalar>(rows: usize, n: usize, seed: u64) {
    let x: Vec<T> = values(rows * n, seed);
    for softmax in [T::softmax, T::log_softmax] {
        for cpu in levels() {
            let (mut all, mut one) = (x.clone(), x.clone());
            softmax(cpu, &mut all, &x, n);
            for (y, x) in one.chunks_mut(n).zip(x.chunks(n)) {
                softmax(cpu, y, x, n);
            }
            assert!(all == one, "{rows} rows of {n}, {}", cpu.level_name());
        }
    }
}

fn norms<T: Scalar>(rows: usize, n: usize, seed: u64) {
    let mut x: Vec<T> = values(rows * n, seed);
    x.iter_mut().for_each(|x| *x += T::from_f64(3.0));
    let dy: Vec<T> = values(rows * n, seed + 1);
    let [gamma, beta, mean]: [Vec<T>; 3] = [2, 3, 4].map(|salt| values(n, seed + salt));
    let var: Vec<T> = values::<T>(n, seed + 5).iter().map(|v| *v * *v).collect();
    check::<T>(&[rows * n, n, n, n, n], |twin, cpu, out| {
        let [y, mean, rstd, running_mean, running_var] = out else { unreachable!("five outputs") };
        let run = if twin { naive::batch_norm } else { T::batch_norm };
        run(cpu, y, mean, rstd, running_mean, running_var, &x, &gamma, &beta, 0.9, 1e-3);
    });
    let mut kept = alloc::vec![T::ZERO; 5 * rows.max(1) * n];
    let (y, kept) = kept.split_at_mut(rows * n);
    let [batch_mean, rstd, moved, others] = [0, 1, 2, 3].map(|i| i * n..(i + 1) * n);
    let parts = kept.get_disjoint_mut([batch_mean, rstd, moved, others]);
    let [batch_mean, rstd, moved, others] = parts.expect("parts are disjoint");
    let cpu = Cpu::detect();
    naive::batch_norm(cpu, y, batch_mean, rstd, moved, others, &x, &gamma, &beta, 0.9, 1e-3);
    if rows > 2 {
        check::<T>(&[rows * n, n, n], |twin, cpu, out| {
            let [dx, dgamma, dbeta] = out else { unreachable!("three outputs") };
            let run = if twin { naive::batch_norm_grad } else { T::batch_norm_grad };
            run(cpu, dx, dgamma, dbeta, &dy, &x, &gamma, batch_mean, rstd);
        });
    }
    check::<T>(&[rows * n], |twin, cpu, y| {
        let run = if twin { naive::normalize } else { T::normalize };
        run(cpu, &mut y[0], &x, &gamma, &beta, &mean, &var, 1e-3);
    });
    check::<T>(&[rows * n], |twin, cpu, dx| {
        let run = if twin { naive::normalize_grad } else { T::normalize_grad };
        run(cpu, &mut dx[0], &dy, &gamma, &var, 1e-3);
    });
}

fn dropouts<T: Scalar>(len: usize, rate: f64, seed: u64) {
    let x: Vec<T> = values(len, seed);
    let stream = Stream { seed, step: 3, layer: 1 };
    check::<T>(&[len], |twin, cpu, y| {
        let run = if twin { naive::dropout } else { T::dropout };
        run(cpu, &mut y[0], &x, rate, stream);
    });
    check::<T>(&[len], |twin, cpu, y| {
        y[0].copy_from_slice(&x);
        let run = if twin { naive::dropout_assign } else { T::dropout_assign };
        run(cpu, &mut y[0], rate, stream);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn softmax_and_its_logarithm(rows in size(), n in size(), seed in 0..1000_u64) {
        softmaxes::<f32>(rows, n, seed);
        softmaxes::<f64>(rows, n, seed);
        alone::<f32>(rows, n, seed);
        alone::<f64>(rows, n, seed);
    }

    #[test]
    fn batch_norm(rows in size(), n in size(), seed in 0..1000_u64) {
        norms::<f32>(rows, n, seed);
        norms::<f64>(rows * 2, n, seed);
    }

    #[test]
    fn dropout(len in 1..5000_usize, rate in 0.0..0.99, seed in 0..1000_u64) {
        dropouts::<f32>(len, rate, seed);
        dropouts::<f64>(len, rate, seed);
    }
}

/// Blocks of random numbers and shares of threads do not meet.
#[test]
fn dropout_of_several_blocks() {
    dropouts::<f32>(3 * super::super::dropout::BLOCK + 1000, 0.4, 1);
}

/// Sums of many rows stay exact to the last bits of `f32`.
#[test]
fn sums_of_many_rows() {
    let rows = 100_000;
    let dy: Vec<f32> = values::<f32>(3 * rows, 1).iter().map(|dy| dy + 1.0).collect();
    let (mut found, mut expected) = ([0.0; 3], [0.0; 3]);
    let cpu = Cpu::detect();
    <f32 as crate::kernel::Verbs>::sum_rows(cpu, &mut found, &dy);
    naive::sum_rows(cpu, &mut expected, &dy);
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-6 * expected, "{found} instead of {expected}");
    }
}

/// Columns far from zero beside their spread keep their mean.
#[test]
fn batch_norm_of_large_means() {
    let rows = 4096;
    let small: Vec<f32> = values(rows, 1);
    let x: Vec<f32> = small.iter().flat_map(|x| [1e6 + x, 1_234_567.0]).collect();
    let cpu = Cpu::detect();
    let run = |twin: bool| {
        let mut y = alloc::vec![0.0_f32; 2 * rows];
        let [mut mean, mut rstd, mut running_mean, mut running_var] = [[0.0_f32; 2]; 4];
        let run = if twin { naive::batch_norm } else { <f32 as crate::kernel::Verbs>::batch_norm };
        let state = (&mut running_mean, &mut running_var);
        let (gamma, beta) = ([1.0; 2], [0.0; 2]);
        run(cpu, &mut y, &mut mean, &mut rstd, state.0, state.1, &x, &gamma, &beta, 0.9, 1e-3);
        (y, mean)
    };
    let ((found, mean), (expected, _)) = (run(false), run(true));
    assert!((mean[0] - 1e6).abs() < 0.1 && mean[1] == 1_234_567.0, "{mean:?}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 0.1, "{found} instead of {expected}");
    }
}

/// No rows change nothing that is kept.
#[test]
fn batch_norm_of_nothing() {
    let (mut mean, mut rstd) = ([1.0_f32], [1.0]);
    let (mut running_mean, mut running_var) = ([2.0], [3.0]);
    <f32 as crate::kernel::Verbs>::batch_norm(
        Cpu::detect(),
        &mut [],
        &mut mean,
        &mut rstd,
        &mut running_mean,
        &mut running_var,
        &[],
        &[1.0],
        &[0.0],
        0.9,
        1e-3,
    );
    assert_eq!((running_mean, running_var), ([2.0], [3.0]));
}
