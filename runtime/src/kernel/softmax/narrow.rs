//! Short rows side by side: vector `j` holds element `j` of as many rows as it has lanes.

use fearless_simd::{Select, SimdBase};

use super::NARROW;
use crate::{
    kernel::{
        lanes::{lanes, splat},
        math,
        tile::pack_transposed,
    },
    simd::{Scalar, Simd},
};

/// Some rows, transposed; the first `n` vectors are of use.
type Columns<V> = [[V; 1]; NARROW];

/// Up to a vector's lanes of rows of `n` from `start` on; the lanes of missing rows are zero.
///
/// Whole vectors are read where what follows the rows allows it; their surplus is in vectors that are
/// not of use.
#[inline(always)]
fn columns<S: Simd, T: Scalar>(
    simd: S,
    values: &[T],
    start: usize,
    n: usize,
) -> Columns<T::Vector<S>> {
    let mut columns = [[splat::<S, T>(simd, T::ZERO); 1]; NARROW];
    let values = &values[start..];
    let rows = lanes::<S, T>().min(values.len() / n);
    let whole = n.next_multiple_of(lanes::<S, T>());
    let depth = if (rows - 1) * n + whole <= values.len() { whole } else { n };
    pack_transposed(simd, &mut columns[..depth], values, n, rows);
    columns
}

/// The inverse of [`columns`].
#[inline(always)]
fn write_rows<S: Simd, T: Scalar>(_: S, columns: &[[T::Vector<S>; 1]], rows: &mut [T]) {
    for (lane, row) in rows.chunks_exact_mut(columns.len()).enumerate() {
        for (value, [column]) in row.iter_mut().zip(columns) {
            *value = column.as_slice()[lane];
        }
    }
}

/// The largest of each row; a NaN is passed over, and shows in the exponentials.
#[inline(always)]
fn largest<S: Simd, T: Scalar>(simd: S, columns: &[[T::Vector<S>; 1]]) -> T::Vector<S> {
    let mut best = splat::<S, T>(simd, T::from_f64(f64::NEG_INFINITY));
    for &[x] in columns {
        best = x.simd_gt(best).select(x, best);
    }
    best
}

/// So few rows are treated one by one: most lanes would lie idle.
const FEW: usize = 2;

/// `y = exp(x - max)` of a row, whose values are in `y` after it, and their sum: one after the other,
/// as a lane adds them.
#[inline(always)]
fn exponentials<S: Simd, T: Scalar>(simd: S, row: &mut [T; NARROW], n: usize) -> T {
    let len = lanes::<S, T>();
    let vectors = n.next_multiple_of(len).min(NARROW);
    for x in row[..vectors].chunks_exact_mut(len) {
        math::exp::<S, T>(simd, T::Vector::<S>::from_slice(simd, x)).store_slice(x);
    }
    let mut sum = T::ZERO;
    for x in &row[..n] {
        sum += *x;
    }
    sum
}

/// A row less its largest value; what lies behind it is of no use.
#[inline(always)]
fn below_largest<T: Scalar>(x: &[T]) -> [T; NARROW] {
    let mut best = T::from_f64(f64::NEG_INFINITY);
    for x in x {
        best = if *x > best { *x } else { best };
    }
    let mut row = [T::ZERO; NARROW];
    for (row, x) in row.iter_mut().zip(x) {
        *row = *x - best;
    }
    row
}

/// `y = exp(x - max) / Σ exp(x - max)` of one row.
#[inline(always)]
fn softmax_row<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T]) {
    let mut row = below_largest(x);
    let factor = T::ONE / exponentials(simd, &mut row, x.len());
    for (y, x) in y.iter_mut().zip(&row) {
        *y = *x * factor;
    }
}

/// `y = x - max - ln Σ exp(x - max)` of one row.
#[inline(always)]
fn log_softmax_row<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T]) {
    let row = below_largest(x);
    let sum = exponentials(simd, &mut { row }, x.len());
    let log = math::ln::<S, T>(simd, splat(simd, sum)).as_slice()[0];
    for (y, x) in y.iter_mut().zip(&row) {
        *y = *x - log;
    }
}

/// `y = exp(x - max) / Σ exp(x - max)`.
#[inline(always)]
pub(super) fn softmax<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], n: usize) {
    if y.len() <= FEW * n {
        let rows = y.chunks_exact_mut(n).zip(x.chunks_exact(n));
        return rows.for_each(
            #[inline(always)]
            |(y, x)| softmax_row(simd, y, x),
        );
    }
    let block = n * lanes::<S, T>();
    for (i, y) in y.chunks_mut(block).enumerate() {
        let mut columns = columns(simd, x, i * block, n);
        let columns = &mut columns[..n];
        let max = largest::<S, T>(simd, columns);
        let mut sum = splat::<S, T>(simd, T::ZERO);
        for [x] in columns.iter_mut() {
            *x = math::exp::<S, T>(simd, *x - max);
            sum += *x;
        }
        let factor = splat::<S, T>(simd, T::ONE) / sum;
        columns.iter_mut().for_each(
            #[inline(always)]
            |[x]| *x *= factor,
        );
        write_rows(simd, columns, y);
    }
}

/// `dx = y · (dy - Σ dy · y)`, row by row: to transpose costs more than so little arithmetic.
#[inline(always)]
pub(super) fn softmax_grad<T: Scalar>(dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(y.chunks_exact(n)));
    for (dx, (dy, y)) in rows {
        let mut sum = T::ZERO;
        for (dy, y) in dy.iter().zip(y) {
            sum += *dy * *y;
        }
        for (dx, (dy, y)) in dx.iter_mut().zip(dy.iter().zip(y)) {
            *dx = *y * (*dy - sum);
        }
    }
}

/// `y = x - max - ln Σ exp(x - max)`.
#[inline(always)]
pub(super) fn log_softmax<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], n: usize) {
    if y.len() <= FEW * n {
        let rows = y.chunks_exact_mut(n).zip(x.chunks_exact(n));
        return rows.for_each(
            #[inline(always)]
            |(y, x)| log_softmax_row(simd, y, x),
        );
    }
    let block = n * lanes::<S, T>();
    for (i, y) in y.chunks_mut(block).enumerate() {
        let mut columns = columns(simd, x, i * block, n);
        let columns = &mut columns[..n];
        let max = largest::<S, T>(simd, columns);
        let mut sum = splat::<S, T>(simd, T::ZERO);
        for [x] in columns.iter_mut() {
            *x -= max;
            sum += math::exp::<S, T>(simd, *x);
        }
        let log = math::ln::<S, T>(simd, sum);
        columns.iter_mut().for_each(
            #[inline(always)]
            |[x]| *x -= log,
        );
        write_rows(simd, columns, y);
    }
}

/// `dx = dy - exp(y) · Σ dy`.
#[inline(always)]
pub(super) fn log_softmax_grad<S: Simd, T: Scalar>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    y: &[T],
    n: usize,
) {
    let block = n * lanes::<S, T>();
    for (i, dx) in dx.chunks_mut(block).enumerate() {
        let (mut dy, y) = (columns(simd, dy, i * block, n), columns(simd, y, i * block, n));
        let (dy, y) = (&mut dy[..n], &y[..n]);
        let mut sum = splat::<S, T>(simd, T::ZERO);
        for [dy] in dy.iter() {
            sum += *dy;
        }
        for ([dy], [y]) in dy.iter_mut().zip(y) {
            *dy -= math::exp::<S, T>(simd, *y) * sum;
        }
        write_rows(simd, dy, dx);
    }
}
