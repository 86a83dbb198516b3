//! Every kernel against its naive twin, and against itself on several threads.

mod attention;
mod causal;
mod combine;
mod conv2d;
mod conv_pool;
mod gemm;
mod group_norm;
mod half;
mod moves;
mod pool;
mod recurrent;
mod rows;
mod special;
mod winograd;

use alloc::vec::Vec;

use crate::{
    simd::{Cpu, Scalar},
    testing::{assert_close, levels},
};

/// Sizes that miss every tile: ones, primes, sizes around a vector and a tile.
pub(super) const SIZES: [usize; 16] = [1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 29, 31, 33, 64, 67];

/// What a kernel may differ from its twin by, relative to the norm of the result.
pub(super) fn tolerance<T: Scalar>() -> f64 {
    if T::NAME == "f32" { 2e-5 } else { 2e-14 }
}

/// Compares a kernel with its twin at every level, and its bits for several numbers of threads.
///
/// `run` calls one of the two on the outputs, which are handed over filled with garbage.
#[track_caller]
pub(super) fn check<T: Scalar>(lens: &[usize], run: impl Fn(bool, Cpu, &mut [Vec<T>])) {
    check_within(tolerance::<T>(), lens, run);
}

/// The same within a tolerance of choice.
#[track_caller]
pub(super) fn check_within<T: Scalar>(
    tolerance: f64,
    lens: &[usize],
    run: impl Fn(bool, Cpu, &mut [Vec<T>]),
) {
    let garbage = || lens.iter().map(|len| alloc::vec![T::from_f64(-7.5); *len]).collect();
    let mut expected: Vec<Vec<T>> = garbage();
    run(true, Cpu::detect(), &mut expected);
    for cpu in levels() {
        let mut found: Vec<Vec<T>> = garbage();
        run(false, cpu, &mut found);
        for (found, expected) in found.iter().zip(&expected) {
            assert_close(found, expected, tolerance);
        }
        for threads in [2, 3] {
            let mut shared: Vec<Vec<T>> = garbage();
            run(false, cpu.with_threads(threads), &mut shared);
            assert!(same_bits(&shared, &found), "{threads} threads give other bits than one");
        }
    }
}

/// Whether two results are equal bit by bit.
fn same_bits<T: Scalar>(a: &[Vec<T>], b: &[Vec<T>]) -> bool {
    a.iter()
        .zip(b)
        .all(|(a, b)| bytemuck::cast_slice::<T, u8>(a) == bytemuck::cast_slice::<T, u8>(b))
}
