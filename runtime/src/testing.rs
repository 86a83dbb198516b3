//! Help for the tests of kernels: levels, random values, comparison.

use alloc::vec::Vec;

use crate::simd::{Cpu, Level, Scalar};

/// Every level of this machine that kernels are compiled for.
pub(crate) fn levels() -> Vec<Cpu> {
    let best = Cpu::detect().level();
    let mut levels = Vec::from([best]);
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_avx2().map(Level::Avx2));
        levels.extend(best.as_sse2().map(Level::Sse2));
    }
    levels.into_iter().map(Cpu::with_level).collect()
}

/// `len` values of the standard normal distribution.
pub(crate) fn values<T: Scalar>(len: usize, seed: u64) -> Vec<T> {
    let mut rng = crate::rng::Rng::new(seed);
    (0..len).map(|_| T::from_f64(rng.normal())).collect()
}

/// Asserts that two results agree, relative to their norm: that of fewer than 16 values, whose sums
/// may all cancel, counts as one at least.
///
/// # Panics
///
/// When they differ by more, with the worst place and both values.
#[track_caller]
pub(crate) fn assert_close<T: Scalar>(found: &[T], expected: &[T], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "lengths");
    let norm = expected.iter().map(|e| e.to_f64() * e.to_f64()).sum::<f64>();
    let least = if expected.len() < 16 { 1.0 } else { 1e-30 };
    let scale = libm::sqrt(norm / expected.len().max(1) as f64).max(least);
    let errors = found.iter().zip(expected).map(|(f, e)| (f.to_f64() - e.to_f64()).abs());
    let (at, worst) = errors.enumerate().fold((0, 0.0), |worst: (usize, f64), (at, error)| {
        if error > worst.1 || error.is_nan() { (at, error) } else { worst }
    });
    assert!(
        worst <= tolerance * scale,
        "{worst} off at {at} of {}: {} instead of {}",
        found.len(),
        found[at],
        expected[at]
    );
}
