//! Products for very few rows, which read every weight once and live from the speed of memory.
//!
//! Four parts of the depth are read at the same time: one stream alone does not fill the memory's
//! pipelines.

use fearless_simd::{SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::{lanes, load, splat},
        tile::{load_row, store_row},
    },
    simd::{Scalar, Simd},
};

/// Parts of the depth that are read together.
const STREAMS: usize = 4;

/// `y = x · w + bias`, row by row.
#[inline(always)]
pub(super) fn forward<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    k: usize,
    n: usize,
) {
    for (r, y) in y.chunks_mut(n).enumerate() {
        row(simd, y, &x[r * k..(r + 1) * k], w, bias);
    }
}

/// One row, in pieces of eight, four, two vectors and one.
#[inline(always)]
fn row<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], w: &[T], bias: Option<&[T]>) {
    let (n, len) = (y.len(), lanes::<S, T>());
    let mut column = 0;
    while column < n {
        let vectors = (n - column).div_ceil(len);
        let w = &w[column..];
        let bias = bias.map(|bias| &bias[column..]);
        let y = &mut y[column..];
        column += len
            * match vectors {
                8.. => piece::<S, T, 8, 1>(simd, y, x, w, bias, n),
                4.. => piece::<S, T, 4, 2>(simd, y, x, w, bias, n),
                2.. => piece::<S, T, 2, 4>(simd, y, x, w, bias, n),
                _ => piece::<S, T, 1, 4>(simd, y, x, w, bias, n),
            };
    }
}

/// `C` vectors of a row, with `A` sets of accumulators; returns `C`.
#[inline(always)]
fn piece<S: Simd, T: Scalar, const C: usize, const A: usize>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    stride: usize,
) -> usize {
    let mut sums = [[splat::<S, T>(simd, T::ZERO); C]; A];
    if let Some(bias) = bias {
        sums[0] = load_row(simd, bias);
    }
    let part = x.len() / STREAMS;
    for i in 0..part {
        for s in 0..STREAMS {
            let at = s * part + i;
            sums[s % A] = add_row(simd, sums[s % A], x[at], &w[at * stride..]);
        }
    }
    for at in STREAMS * part..x.len() {
        sums[0] = add_row(simd, sums[0], x[at], &w[at * stride..]);
    }
    for a in 1..A {
        let others = sums[a];
        for (sum, other) in sums[0].iter_mut().zip(others) {
            *sum += other;
        }
    }
    store_row(simd, sums[0], y);
    C
}

/// `sum + factor · row`.
#[inline(always)]
fn add_row<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut sum: [T::Vector<S>; C],
    factor: T,
    row: &[T],
) -> [T::Vector<S>; C] {
    let factor = splat::<S, T>(simd, factor);
    let len = lanes::<S, T>();
    if let Some(row) = row.get(..C * len) {
        for c in 0..C {
            let vector = T::Vector::<S>::from_slice(simd, &row[c * len..(c + 1) * len]);
            sum[c] = factor.mul_add(vector, sum[c]);
        }
    } else {
        let row = load_row::<S, T, C>(simd, row);
        for c in 0..C {
            sum[c] = factor.mul_add(row[c], sum[c]);
        }
    }
    sum
}

/// `dx = dy · wᵀ`, row by row: a product of vectors for each element, four elements at a time.
#[inline(always)]
pub(super) fn grad_input<S: Simd, T: Scalar>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    k: usize,
    n: usize,
) {
    for (dx, dy) in dx.chunks_mut(k).zip(dy.chunks(n)) {
        for (dx, w) in dx.chunks_mut(STREAMS).zip(w.chunks(STREAMS * n)) {
            let sums = products(simd, dy, w);
            for (dx, sum) in dx.iter_mut().zip(sums) {
                *dx = sum.reduce_sum();
            }
        }
    }
}

/// The products of `dy` with up to four rows of `w`, to be summed over lanes.
#[inline(always)]
fn products<S: Simd, T: Scalar>(simd: S, dy: &[T], w: &[T]) -> [T::Vector<S>; STREAMS] {
    let (n, len) = (dy.len(), lanes::<S, T>());
    let mut sums = [splat::<S, T>(simd, T::ZERO); STREAMS];
    for (i, dy) in dy.chunks(len).enumerate() {
        let factors = load::<S, T>(simd, dy);
        for (s, sum) in sums.iter_mut().enumerate() {
            if let Some(row) = w.get(s * n..(s + 1) * n) {
                let end = (i * len + len).min(n);
                let weights = load::<S, T>(simd, &row[i * len..end]);
                *sum = factors.mul_add(weights, *sum);
            }
        }
    }
    sums
}
