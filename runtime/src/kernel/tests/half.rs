use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    half::f16,
    kernel::{Brain, Half, gemm, naive},
    pointwise::Fun,
    testing::values,
};

fn size() -> impl Strategy<Value = usize> {
    prop::sample::select(&SIZES[..])
}

/// A product with a weight that is stored in few bits: its twin is that of `f32` over the same values.
fn product(rows: usize, k: usize, n: usize, seed: u64) {
    let (x, bias): (Vec<f32>, Vec<f32>) = (values(rows * k, seed), values(n, seed + 3));
    let weights = values::<f32>(k * n, seed + 1);
    let halves: Vec<u16> = weights.iter().map(|w| f16::from_f32(*w).to_bits()).collect();
    let widened: Vec<f32> = halves.iter().map(|bits| f16::from_bits(*bits).to_f32()).collect();
    let mut brains = vec![0; k * n];
    Brain::store(&weights, &mut brains, n);
    let stored = widened_brains(&brains, n);
    let fun = seed.is_multiple_of(2).then_some(Fun::Tanh);
    let bias = (!seed.is_multiple_of(3)).then_some(&bias[..]);
    check::<f32>(&[rows * n], |twin, cpu, y| match twin {
        true => naive::gemm(cpu, &mut y[0], &x, &widened, bias, fun, rows, k, n),
        false => gemm(cpu, &mut y[0], &x, Half(&halves), bias, fun, rows, k, n),
    });
    check::<f32>(&[rows * n], |twin, cpu, y| match twin {
        true => naive::gemm(cpu, &mut y[0], &x, &stored, bias, fun, rows, k, n),
        false => gemm(cpu, &mut y[0], &x, Brain(&brains), bias, fun, rows, k, n),
    });
}

/// What bits of `bf16` stand for: of every 32 columns of a row the first half lies above the second in
/// words, and an odd one behind them.
fn widened_brains(bits: &[u16], n: usize) -> Vec<f32> {
    let block = |block: &[u16]| {
        let words = block.chunks_exact(2);
        let odd: Vec<u32> = words.remainder().iter().map(|bits| u32::from(*bits) << 16).collect();
        let words: Vec<u32> = words.map(|word| bytemuck::cast([word[0], word[1]])).collect();
        let below = words.iter().map(|word| word << 16);
        let all = words.iter().copied().chain(below).chain(odd);
        all.map(f32::from_bits).collect::<Vec<f32>>()
    };
    bits.chunks(n.max(1)).flat_map(|row| row.chunks(32)).flat_map(block).collect()
}

/// Values and what they are stored as, in rows of `n`.
fn stored(values: &[f32], n: usize) -> Vec<f32> {
    let mut bits = vec![0; values.len()];
    Brain::store(values, &mut bits, n);
    widened_brains(&bits, n)
}

proptest! {
    /// Half a unit of the last place of `bf16` is the 256th part of a power of two.
    #[test]
    fn brains_are_near_their_values(
        values in prop::collection::vec(-1e3_f32..1e3, 1..200),
        n in 1..100_usize,
    ) {
        for (value, stored) in values.iter().zip(stored(&values, n)) {
            let power = f32::from_bits(value.abs().max(stored.abs()).to_bits() & 0x7F80_0000);
            prop_assert!((value - stored).abs() <= power / 256.0 + 1e-17, "{value} is {stored}");
        }
    }
}

#[test]
fn special_brains() {
    let mut values = vec![0.7_f32; 32];
    values[..5].copy_from_slice(&[0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
    values[16..21].copy_from_slice(&[f32::NAN, f32::INFINITY, -0.1, f32::MAX, 0.0]);
    let stored = stored(&values, 32);
    let tiny = 2.0_f32.powi(-60);
    assert!(stored[..2].iter().all(|value| value.is_normal() && value.abs() <= 1.01 * tiny));
    assert!(stored[2].is_finite() && stored[2] > 3.38e38 && stored[3] < -3.38e38);
    assert!(stored[4].is_nan() && stored[16].is_nan());
    assert!(stored[17].is_finite() && stored[17] > 3.38e38 && stored[19] > 3.38e38);
    assert_eq!(stored[20], 0.0);
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
