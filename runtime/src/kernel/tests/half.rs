use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    half::f16,
    kernel::{Half, gemm, naive},
    pointwise::Fun,
    testing::values,
};

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

/// A product with a weight of `f16`: its twin is that of `f32` over the same values.
fn product(rows: usize, k: usize, n: usize, seed: u64) {
    let (x, bias): (Vec<f32>, Vec<f32>) = (values(rows * k, seed), values(n, seed + 3));
    let weights = values::<f32>(k * n, seed + 1).into_iter().map(f16::from_f32);
    let (w, bits): (Vec<f32>, Vec<u16>) = weights.map(|w| (w.to_f32(), w.to_bits())).unzip();
    let fun = seed.is_multiple_of(2).then_some(Fun::Tanh);
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    check::<f32>(&[rows * n], |twin, cpu, y| match twin {
        true => naive::gemm(cpu, &mut y[0], &x, &w, bias, fun, rows, k, n),
        false => gemm(cpu, &mut y[0], &x, Half(&bits), bias, fun, rows, k, n),
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn products(rows in size(), k in size(), n in size(), seed in 0..1000_u64) {
        product(rows, k, n, seed);
    }

    #[test]
    fn products_of_few_rows(rows in 1..4_usize, k in size(), n in 1..300_usize, seed in 0..1000_u64) {
        product(rows, k, n, seed);
    }
}

#[test]
fn deep_and_high_products() {
    product(250, 530, 70, 1);
    product(37, 257, 300, 2);
    product(1, 784, 128, 3);
    product(1, 100, 10, 4);
}

#[test]
fn no_rows_are_no_work() {
    product(0, 3, 2, 1);
}
