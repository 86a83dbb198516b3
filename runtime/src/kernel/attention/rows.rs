//! A row of a block of scores: the softmax over what a query sees, and its gradient.
//!
//! A row has room for whole vectors; what a query does not see has the weight zero.

use fearless_simd::{Select, SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::{lanes, load, load_padded, splat, store},
        math,
    },
    simd::{Scalar, Simd},
};

/// The softmax over the scores so far: the largest, and `Σ exp(score - largest)`.
#[derive(Clone, Copy)]
pub(super) struct Running<T> {
    largest: Option<T>,
    pub(super) sum: T,
}

impl<T: Scalar> Running<T> {
    pub(super) const NOTHING: Self = Self { largest: None, sum: T::ZERO };

    /// `ln Σ exp(score)`.
    pub(super) fn log(self) -> T {
        self.largest.map_or(T::ZERO, |largest| largest + self.sum.ln())
    }
}

/// Scores become weights `exp(scale · score - largest)`, the first `limit` of the row. Yields the factor
/// for what was weighed by earlier ones.
#[inline(always)]
pub(super) fn weigh<S: Simd, T: Scalar>(
    simd: S,
    row: &mut [T],
    limit: usize,
    scale: T,
    running: &mut Running<T>,
) -> T {
    let scaled = largest(simd, &row[..limit]) * scale;
    let (new, factor) = match running.largest {
        Some(old) if old >= scaled => (old, T::ONE),
        Some(old) => (scaled, (old - scaled).exp()),
        None => (scaled, T::ZERO),
    };
    let sum = exponentials(simd, row, limit, scale, new);
    running.sum = running.sum * factor + sum;
    running.largest = Some(new);
    factor
}

/// Scores become weights `exp(scale · score - log)`.
#[inline(always)]
pub(super) fn weigh_again<S: Simd, T: Scalar>(
    simd: S,
    row: &mut [T],
    limit: usize,
    scale: T,
    log: T,
) {
    exponentials(simd, row, limit, scale, log);
}

/// `d = weights · (d - sum) · scale`.
#[inline(always)]
pub(super) fn weigh_gradients<S: Simd, T: Scalar>(
    simd: S,
    d: &mut [T],
    weights: &[T],
    sum: T,
    scale: T,
) {
    let (sum, scale) = (splat::<S, T>(simd, sum), splat::<S, T>(simd, scale));
    let len = lanes::<S, T>();
    for (d, weights) in d.chunks_exact_mut(len).zip(weights.chunks_exact(len)) {
        let gradient = (load::<S, T>(simd, d) - sum) * (load::<S, T>(simd, weights) * scale);
        store(simd, gradient, d);
    }
}

/// The largest score; a NaN is passed over here, and shows in the exponentials.
#[inline(always)]
fn largest<S: Simd, T: Scalar>(simd: S, row: &[T]) -> T {
    let lowest = T::from_f64(f64::NEG_INFINITY);
    let mut best = splat::<S, T>(simd, lowest);
    for row in row.chunks(lanes::<S, T>()) {
        let x = load_or_lowest::<S, T>(simd, row);
        best = x.simd_gt(best).select(x, best);
    }
    best.as_slice().iter().fold(lowest, |best, x| if *x > best { *x } else { best })
}

/// `exp(scale · score - shift)` over the first `limit`, zero beyond, and their sum.
#[inline(always)]
fn exponentials<S: Simd, T: Scalar>(simd: S, row: &mut [T], limit: usize, scale: T, shift: T) -> T {
    let (len, zero) = (lanes::<S, T>(), splat::<S, T>(simd, T::ZERO));
    let (scale, shift) = (splat::<S, T>(simd, scale), splat::<S, T>(simd, shift));
    let mut sum = zero;
    for (chunk, row) in row.chunks_exact_mut(len).enumerate() {
        let seen = limit.saturating_sub(chunk * len).min(len);
        let mut weights = zero;
        if seen > 0 {
            let x = load_or_lowest::<S, T>(simd, &row[..seen]);
            weights = math::exp::<S, T>(simd, x.mul_sub(scale, shift));
            sum += weights;
        }
        store(simd, weights, row);
    }
    sum.as_slice().iter().fold(T::ZERO, |sum, lane| sum + *lane)
}

#[inline(always)]
fn load_or_lowest<S: Simd, T: Scalar>(simd: S, row: &[T]) -> T::Vector<S> {
    if row.len() < lanes::<S, T>() {
        load_padded(simd, row, T::from_f64(f64::NEG_INFINITY))
    } else {
        load(simd, row)
    }
}

/// `y = factor · y`.
#[inline(always)]
pub(super) fn scale<S: Simd, T: Scalar>(simd: S, y: &mut [T], factor: T) {
    let factor = splat::<S, T>(simd, factor);
    for y in y.chunks_mut(lanes::<S, T>()) {
        store(simd, load::<S, T>(simd, y) * factor, y);
    }
}

/// `Σ a · b`, lane by lane and then over the lanes.
#[inline(always)]
pub(super) fn dot<S: Simd, T: Scalar>(simd: S, a: &[T], b: &[T]) -> T {
    let (mut sum, len) = (splat::<S, T>(simd, T::ZERO), lanes::<S, T>());
    for (a, b) in a.chunks(len).zip(b.chunks(len)) {
        sum = load::<S, T>(simd, a).mul_add(load::<S, T>(simd, b), sum);
    }
    sum.as_slice().iter().fold(T::ZERO, |sum, lane| sum + *lane)
}
