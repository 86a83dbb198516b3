//! Vectors from and to slices of any length.

use fearless_simd::SimdBase;

use crate::simd::{Scalar, Simd};

/// Scalars in one vector of the level `S`.
#[inline(always)]
pub(crate) const fn lanes<S: Simd, T: Scalar>() -> usize {
    <T::Vector<S> as SimdBase<S>>::LEN
}

/// Whether the level has 32 vector registers rather than 16.
#[inline(always)]
pub(crate) const fn many_registers<S: Simd, T: Scalar>() -> bool {
    cfg!(target_arch = "aarch64") || lanes::<S, T>() * size_of::<T>() == 64
}

/// Whether the level serves processors of before 2013 alone, for which fewer tiles are compiled.
#[inline(always)]
pub(crate) const fn seldom<S: Simd, T: Scalar>() -> bool {
    cfg!(any(target_arch = "x86", target_arch = "x86_64")) && lanes::<S, T>() * size_of::<T>() == 16
}

/// The same value in every lane.
#[inline(always)]
pub(crate) fn splat<S: Simd, T: Scalar>(simd: S, value: T) -> T::Vector<S> {
    T::Vector::<S>::splat(simd, value)
}

/// The first values of `from`; lanes beyond its end are zero.
#[inline(always)]
pub(crate) fn load<S: Simd, T: Scalar>(simd: S, from: &[T]) -> T::Vector<S> {
    match from.get(..lanes::<S, T>()) {
        Some(full) => T::Vector::<S>::from_slice(simd, full),
        None => load_padded(simd, from, T::ZERO),
    }
}

/// Fewer values than lanes; the other lanes are `padding`.
#[inline(always)]
pub(crate) fn load_padded<S: Simd, T: Scalar>(simd: S, from: &[T], padding: T) -> T::Vector<S> {
    let mut vector = splat(simd, padding);
    vector.as_mut_slice()[..from.len()].copy_from_slice(from);
    vector
}

/// Writes lanes to `to`, as many as it has room for.
#[inline(always)]
pub(crate) fn store<S: Simd, T: Scalar>(_: S, vector: T::Vector<S>, to: &mut [T]) {
    match to.get_mut(..lanes::<S, T>()) {
        Some(full) => vector.store_slice(full),
        None => {
            let len = to.len();
            to.copy_from_slice(&vector.as_slice()[..len]);
        }
    }
}
