//! A row of a block of scores: the softmax over what a query sees, and its gradient.
//!
//! A row has room for whole vectors; what a query does not see has the weight zero.

use fearless_simd::{Select, SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::{lanes, load, splat, store},
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
    let scaled = largest(simd, row, limit) * scale;
    let (new, factor) = match running.largest {
        Some(old) if old >= scaled => (old, T::ONE),
        Some(old) => (scaled, (old - scaled).exp()),
        None => (scaled, T::ZERO),
    };
    // Where nothing weighs anything yet, there is nothing to be compared with.
    let shift = if new == T::from_f64(f64::NEG_INFINITY) { T::ZERO } else { new };
    let sum = exponentials(simd, row, limit, scale, shift);
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

/// The largest of the first `limit` scores; a NaN is passed over here, and shows in the exponentials.
#[inline(always)]
fn largest<S: Simd, T: Scalar>(simd: S, row: &[T], limit: usize) -> T {
    let len = lanes::<S, T>();
    let lowest = splat::<S, T>(simd, T::from_f64(f64::NEG_INFINITY));
    let mut best = lowest;
    for (chunk, row) in row.chunks_exact(len).enumerate().take(limit.div_ceil(len)) {
        let x = first::<S, T>(simd, limit - chunk * len, load(simd, row), lowest);
        best = x.simd_gt(best).select(x, best);
    }
    best.reduce_max()
}

/// `exp(scale · score - shift)` over the first `limit`, zero beyond, and their sum.
#[inline(always)]
fn exponentials<S: Simd, T: Scalar>(simd: S, row: &mut [T], limit: usize, scale: T, shift: T) -> T {
    let (len, zero) = (lanes::<S, T>(), splat::<S, T>(simd, T::ZERO));
    let (scale, shift) = (splat::<S, T>(simd, scale), splat::<S, T>(simd, shift));
    let mut sum = zero;
    for (chunk, row) in row.chunks_exact_mut(len).enumerate() {
        let mut weights = zero;
        if chunk * len < limit {
            let scores: T::Vector<S> = load(simd, row);
            let all = math::exp::<S, T>(simd, scores.mul_sub(scale, shift));
            weights = first::<S, T>(simd, limit - chunk * len, all, zero);
            sum += weights;
        }
        store(simd, weights, row);
    }
    sum.reduce_sum()
}

/// The first `count` lanes of `vector`, and `others` beyond.
#[inline(always)]
fn first<S: Simd, T: Scalar>(
    simd: S,
    count: usize,
    vector: T::Vector<S>,
    others: T::Vector<S>,
) -> T::Vector<S> {
    let places = T::Vector::<S>::from_fn(
        simd,
        #[inline(always)]
        |place| T::from_f64(place as f64),
    );
    places.simd_lt(splat::<S, T>(simd, T::from_f64(count as f64))).select(vector, others)
}

/// `y = factor · y`.
#[inline(always)]
pub(super) fn scale<S: Simd, T: Scalar>(simd: S, y: &mut [T], factor: T) {
    let factor = splat::<S, T>(simd, factor);
    for y in y.chunks_mut(lanes::<S, T>()) {
        store(simd, load::<S, T>(simd, y) * factor, y);
    }
}

/// `Σ a · b`, lane by lane and then over the lanes in pairs.
#[inline(always)]
pub(super) fn dot<S: Simd, T: Scalar>(simd: S, a: &[T], b: &[T]) -> T {
    let (mut sum, len) = (splat::<S, T>(simd, T::ZERO), lanes::<S, T>());
    for (a, b) in a.chunks(len).zip(b.chunks(len)) {
        sum = load::<S, T>(simd, a).mul_add(load::<S, T>(simd, b), sum);
    }
    sum.reduce_sum()
}
