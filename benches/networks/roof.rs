//! What the machine can do at most: multiply-adds on registers, and reading memory.

use std::hint::black_box;

use fearless_simd::{Simd, SimdBase, SimdFloat};
use monograd::simd::Cpu;

/// Independent sums, enough to hide the latency of a multiply-add.
const SUMS: usize = 24;

/// Does `steps` times [`SUMS`] multiply-adds of vectors; returns the operations, a multiply-add
/// counting as two.
pub(crate) fn multiply_adds(steps: usize) -> usize {
    fearless_simd::dispatch!(Cpu::detect().level(), simd => registers(simd, steps))
}

/// The sum of `values`, as fast as they can be read.
pub(crate) fn read(values: &[f32]) -> f32 {
    fearless_simd::dispatch!(Cpu::detect().level(), simd => sum(simd, values))
}

#[inline(always)]
fn registers<S: Simd>(simd: S, steps: usize) -> usize {
    let mut sums = [S::f32s::splat(simd, 0.0); SUMS];
    let factor = S::f32s::splat(simd, black_box(0.5));
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, factor);
        }
    }
    black_box(sums);
    2 * SUMS * steps * S::f32s::LEN
}

#[inline(always)]
fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let mut sums = [S::f32s::splat(simd, 0.0); 8];
    for block in values.chunks_exact(8 * S::f32s::LEN) {
        for (sum, lanes) in sums.iter_mut().zip(block.chunks_exact(S::f32s::LEN)) {
            *sum += S::f32s::from_slice(simd, lanes);
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + b) + (c + d)) + ((e + f) + (g + h))).as_slice().iter().sum()
}
