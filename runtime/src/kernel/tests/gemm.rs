use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check, check_within, tolerance};
use crate::{
    kernel::{Verbs, naive},
    pointwise::Fun,
    simd::{Cpu, Scalar},
    testing::{levels, values},
};

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

/// The three products of one set of sizes.
fn products<T: Scalar>(rows: usize, k: usize, n: usize, seed: u64) {
    let (x, w): (Vec<T>, Vec<T>) = (values(rows * k, seed), values(k * n, seed + 1));
    let (dy, bias): (Vec<T>, Vec<T>) = (values(rows * n, seed + 2), values(n, seed + 3));
    let fun = [None, Some(Fun::Relu), Some(Fun::Tanh)][seed as usize % 3];
    let bias = (!seed.is_multiple_of(5)).then_some(&bias[..]);
    // What a sum rounds grows with its terms, the largest of many sums more than most.
    let tolerance = tolerance::<T>() * (rows.max(k).max(n) as f64 / 100.0).max(1.0);
    check_within::<T>(tolerance, &[rows * n], |twin, cpu, y| match twin {
        true => naive::gemm(cpu, &mut y[0], &x, &w, bias, fun, rows, k, n),
        false => T::gemm(cpu, &mut y[0], &x, &w, bias, fun, rows, k, n),
    });
    check_within::<T>(tolerance, &[rows * k], |twin, cpu, dx| match twin {
        true => naive::gemm_grad_input(cpu, &mut dx[0], &dy, &w, rows, k, n),
        false => T::gemm_grad_input(cpu, &mut dx[0], &dy, &w, rows, k, n),
    });
    check_within::<T>(tolerance, &[k * n], |twin, cpu, dw| match twin {
        true => naive::gemm_grad_weight(cpu, &mut dw[0], &x, &dy, rows, k, n),
        false => T::gemm_grad_weight(cpu, &mut dw[0], &x, &dy, rows, k, n),
    });
}

/// Adding a bias and summing rows.
fn rows<T: Scalar>(rows: usize, n: usize, seed: u64) {
    let (dy, bias): (Vec<T>, Vec<T>) = (values(rows * n, seed), values(n, seed + 1));
    check::<T>(&[rows * n], |twin, cpu, y| {
        y[0].copy_from_slice(&dy);
        match twin {
            true => naive::add_bias(cpu, &mut y[0], &bias),
            false => T::add_bias(cpu, &mut y[0], &bias),
        }
    });
    // A sum may cancel; what it rounds grows with the terms.
    let tolerance = tolerance::<T>() * libm::sqrt(rows.max(1) as f64);
    check_within::<T>(tolerance, &[n], |twin, cpu, db| match twin {
        true => naive::sum_rows(cpu, &mut db[0], &dy),
        false => T::sum_rows(cpu, &mut db[0], &dy),
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn products_of_f32(m in size(), k in size(), n in size(), seed in 0..1000_u64) {
        products::<f32>(m, k, n, seed);
    }

    #[test]
    fn products_of_f64(m in size(), k in size(), n in size(), seed in 0..1000_u64) {
        products::<f64>(m, k, n, seed);
    }

    #[test]
    fn sums_and_biases(m in size(), n in size(), seed in 0..1000_u64) {
        rows::<f32>(m, n, seed);
        rows::<f64>(m * 40, n, seed);
    }
}

#[test]
fn deep_and_high_products() {
    products::<f32>(250, 530, 70, 1);
    products::<f32>(37, 257, 300, 2);
    products::<f64>(530, 250, 33, 3);
    products::<f32>(6, 300, 200, 4);
    products::<f64>(400, 40, 150, 7);
}

/// Rows that are narrower than a tile, and panels that compute columns of those before again, in several
/// parts of the depth.
#[test]
fn ragged_columns_of_deep_products() {
    for (seed, n) in [1, 5, 10, 17, 24, 40, 72, 120, 200, 329].into_iter().enumerate() {
        products::<f32>(43, 290, n, seed as u64);
        products::<f64>(530, 290, n, seed as u64);
    }
}

#[test]
fn no_rows_are_no_work() {
    for (k, n) in [(3, 2), (1, 1), (40, 1), (40, 40), (3, 200)] {
        products::<f32>(0, k, n, 1);
    }
    rows::<f32>(0, 3, 1);
}

/// Tiles read beyond rows and columns; nothing of that may reach an element.
#[test]
fn what_is_not_a_number_reaches_its_own_elements_only() {
    for (rows, k, n) in [(1, 17, 31), (3, 18, 33), (9, 20, 10), (30, 19, 130), (40, 300, 21)] {
        let [mut x, mut w, mut dy] =
            [rows * k, k * n, rows * n].map(|len| alloc::vec![0.5_f32; len]);
        x[k - 1] = f32::NAN;
        w[(k / 2) * n] = f32::INFINITY;
        dy[rows * n - 1] = f32::NEG_INFINITY;
        let same = |len: usize, run: &dyn Fn(bool, Cpu, &mut [f32])| {
            let mut expected = alloc::vec![0.0; len];
            run(true, Cpu::detect(), &mut expected);
            for cpu in levels() {
                let mut found = alloc::vec![0.0; len];
                run(false, cpu, &mut found);
                for (found, expected) in found.iter().zip(&expected) {
                    assert_eq!(found.is_nan(), expected.is_nan());
                    assert_eq!(found.is_finite(), expected.is_finite());
                }
            }
        };
        same(rows * n, &|twin, cpu, y| match twin {
            true => naive::gemm(cpu, y, &x, &w, None, None, rows, k, n),
            false => f32::gemm(cpu, y, &x, &w, None, None, rows, k, n),
        });
        same(rows * k, &|twin, cpu, dx| match twin {
            true => naive::gemm_grad_input(cpu, dx, &dy, &w, rows, k, n),
            false => f32::gemm_grad_input(cpu, dx, &dy, &w, rows, k, n),
        });
        same(k * n, &|twin, cpu, dw| match twin {
            true => naive::gemm_grad_weight(cpu, dw, &x, &dy, rows, k, n),
            false => f32::gemm_grad_weight(cpu, dw, &x, &dy, rows, k, n),
        });
    }
}
