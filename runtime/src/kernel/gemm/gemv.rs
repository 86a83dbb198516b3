//! Products for very few rows, which read every weight once and live from the speed of memory.

use fearless_simd::{Select, SimdBase, SimdFloat};

use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::{load_full, load_row, store_row},
    },
    simd::{Scalar, Simd},
};

/// Parts of the depth that are read together: one stream alone does not fill the memory's pipelines.
const STREAMS: usize = 4;

/// `y[n] = x[k] · w[k, n] + bias[n]`, in pieces of eight, four, two vectors and one.
#[inline(always)]
pub(super) fn forward<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
) {
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
///
/// Lanes beyond the row read what lies there, as long as memory goes on, and are never stored.
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
    let width = C * lanes::<S, T>();
    let whole = (w.len() + stride).saturating_sub(width) / stride;
    let part = whole.min(x.len()) / STREAMS;
    for i in 0..part {
        for s in 0..STREAMS {
            let at = s * part + i;
            let row = load_full(simd, &w[at * stride..at * stride + width]);
            sums[s % A] = add_row::<S, T, C>(simd, sums[s % A], x[at], row);
        }
    }
    for at in STREAMS * part..x.len() {
        let row = load_row(simd, &w[at * stride..]);
        sums[0] = add_row::<S, T, C>(simd, sums[0], x[at], row);
    }
    for a in 1..A {
        for c in 0..C {
            sums[0][c] += sums[a][c];
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
    row: [T::Vector<S>; C],
) -> [T::Vector<S>; C] {
    let factor = splat::<S, T>(simd, factor);
    for c in 0..C {
        sum[c] = factor.mul_add(row[c], sum[c]);
    }
    sum
}

/// Sizes from which [`dots`] works: no vector of any level has more lanes.
pub(super) const fn lanes_at_most<T>() -> usize {
    64 / size_of::<T>()
}

/// `y[r, m] = x[r, n] · w[m, n]ᵀ + bias`: a product of vectors for each element, as many elements
/// together as a vector has lanes. The rows of `w` that make these stay in the innermost cache while
/// they meet all rows of `x`. Neither `m` nor `n` is less than [`lanes_at_most`].
#[inline(always)]
pub(super) fn dots<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: T,
    [m, n]: [usize; 2],
) {
    match lanes::<S, T>() {
        16 => blocks_of_dots::<S, T, 8>(simd, y, x, w, bias, [m, n]),
        8 => blocks_of_dots::<S, T, 4>(simd, y, x, w, bias, [m, n]),
        4 => blocks_of_dots::<S, T, 2>(simd, y, x, w, bias, [m, n]),
        _ => blocks_of_dots::<S, T, 1>(simd, y, x, w, bias, [m, n]),
    }
}

/// `H` is half of the lanes. The last block may begin among the elements of the one before.
#[inline(always)]
fn blocks_of_dots<S: Simd, T: Scalar, const H: usize>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: T,
    [m, n]: [usize; 2],
) {
    let bias = splat::<S, T>(simd, bias);
    let fresh = last_lanes::<S, T>(simd, n % (2 * H));
    for first in (0..m).step_by(2 * H) {
        let first = first.min(m - 2 * H);
        let w = &w[first * n..(first + 2 * H) * n];
        for (y, x) in y.chunks_exact_mut(m).zip(x.chunks_exact(n)) {
            let even = products::<S, T, H>(simd, x, w, fresh);
            let odd = products::<S, T, H>(simd, x, &w[n..], fresh);
            let (low, high) = even.interleave(odd);
            (low + high + bias).store_slice(&mut y[first..first + 2 * H]);
        }
    }
}

/// The products of `x` with every other of `2 H` rows of `w`: the lanes `h` and `h + H` of the result
/// make the product of row `h`.
///
/// The last vector of a row overlaps the one before; what it brings anew are its lanes `fresh`.
#[inline(always)]
fn products<S: Simd, T: Scalar, const H: usize>(
    simd: S,
    x: &[T],
    w: &[T],
    fresh: <T::Vector<S> as SimdBase<S>>::Mask,
) -> T::Vector<S> {
    let (n, len) = (x.len(), 2 * H);
    let (mut rows, zero) = ([x; H], splat::<S, T>(simd, T::ZERO));
    for h in 0..H {
        rows[h] = &w[2 * h * n..2 * h * n + n];
    }
    let (mut sums, mut at) = ([zero; H], 0);
    while at + len <= n {
        let factors = T::Vector::<S>::from_slice(simd, &x[at..at + len]);
        for h in 0..H {
            let weights = T::Vector::<S>::from_slice(simd, &rows[h][at..at + len]);
            sums[h] = factors.mul_add(weights, sums[h]);
        }
        at += len;
    }
    if at < n {
        let factors = T::Vector::<S>::from_slice(simd, &x[n - len..]);
        let factors = fresh.select(factors, zero);
        for h in 0..H {
            let weights = T::Vector::<S>::from_slice(simd, &rows[h][n - len..]);
            sums[h] = factors.mul_add(fresh.select(weights, zero), sums[h]);
        }
    }
    sum_lanes::<S, T, H>(sums)
}

/// The mask of the last `count` lanes.
#[inline(always)]
fn last_lanes<S: Simd, T: Scalar>(simd: S, count: usize) -> <T::Vector<S> as SimdBase<S>>::Mask {
    let mut marks = splat::<S, T>(simd, T::ZERO);
    marks.as_mut_slice()[lanes::<S, T>() - count..].fill(T::ONE);
    marks.simd_gt(splat::<S, T>(simd, T::ZERO))
}

/// Sums over lanes until two are left of each of `H` vectors: every step adds the halves of vectors
/// and puts two of them into one.
#[inline(always)]
fn sum_lanes<S: Simd, T: Scalar, const H: usize>(mut sums: [T::Vector<S>; H]) -> T::Vector<S> {
    let mut half = H / 2;
    while half > 0 {
        for i in 0..half {
            let (low, high) = sums[i].interleave(sums[i + half]);
            sums[i] = low + high;
        }
        half /= 2;
    }
    sums[0]
}
