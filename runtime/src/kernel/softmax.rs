//! Softmax and log-softmax over the last `n`: long rows one by one, vector by vector; rows of at most
//! [`NARROW`] side by side, a lane each, unless there are but few. A row's bits depend on its own values
//! and `n` alone.

mod narrow;

use fearless_simd::{Select, SimdBase, SimdFloat};

use super::{
    lanes::{lanes, load, load_padded, splat, store},
    math,
};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// The longest rows that are treated side by side.
const NARROW: usize = 32;

/// An exponential counts as several operations.
const WORK: usize = 16;

/// `y = exp(x - max) / Σ exp(x - max)`.
pub(crate) fn softmax<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], n: usize) {
    by_row(cpu, y, n, &|row, y| {
        let x = &x[row * n..row * n + y.len()];
        if n <= NARROW {
            return dispatch!(T, cpu, simd => narrow::softmax(simd, y, x, n));
        }
        dispatch!(T, cpu, simd => for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
            let max = largest(simd, x);
            let sum = exponentials(simd, y, x, max);
            scale(simd, y, T::ONE / sum);
        });
    });
}

/// `dx = y · (dy - Σ dy · y)`.
pub(crate) fn softmax_grad<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    by_row(cpu, dx, n, &|row, dx| {
        let range = row * n..row * n + dx.len();
        let (dy, y) = (&dy[range.clone()], &y[range]);
        if n <= NARROW {
            return dispatch!(T, cpu, _simd => narrow::softmax_grad(dx, dy, y, n));
        }
        let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(y.chunks_exact(n)));
        dispatch!(T, cpu, simd => for (dx, (dy, y)) in rows {
            let sum = splat::<_, T>(simd, sum(simd, dy, Some(y)));
            each(simd, dx, [dy, y], #[inline(always)] |[dy, y]| y * (dy - sum));
        });
    });
}

/// `y = x - max - ln Σ exp(x - max)`.
pub(crate) fn log_softmax<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], n: usize) {
    by_row(cpu, y, n, &|row, y| {
        let x = &x[row * n..row * n + y.len()];
        if n <= NARROW {
            return dispatch!(T, cpu, simd => narrow::log_softmax(simd, y, x, n));
        }
        dispatch!(T, cpu, simd => for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
            let max = largest(simd, x);
            let sum = exponentials(simd, y, x, max);
            let log = math::ln::<_, T>(simd, splat(simd, sum));
            let max = splat::<_, T>(simd, max);
            each(simd, y, [x], #[inline(always)] |[x]| x - max - log);
        });
    });
}

/// `dx = dy - exp(y) · Σ dy`.
pub(crate) fn log_softmax_grad<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    by_row(cpu, dx, n, &|row, dx| {
        let range = row * n..row * n + dx.len();
        let (dy, y) = (&dy[range.clone()], &y[range]);
        if n <= NARROW {
            return dispatch!(T, cpu, simd => narrow::log_softmax_grad(simd, dx, dy, y, n));
        }
        let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(y.chunks_exact(n)));
        dispatch!(T, cpu, simd => for (dx, (dy, y)) in rows {
            let sum = splat::<_, T>(simd, sum(simd, dy, None));
            each(simd, dx, [dy, y], #[inline(always)] |[dy, y]| dy - math::exp::<_, T>(simd, y) * sum);
        });
    });
}

/// Shares rows of `n`; `kernel` gets the number of its first row and the rows.
fn by_row<T: Scalar>(
    cpu: Cpu,
    values: &mut [T],
    n: usize,
    kernel: &(impl Fn(usize, &mut [T]) + Sync),
) {
    let len = values.len();
    share(cpu, len / n, 1, len * WORK, Rows { values, len: n }, &|range, rows| {
        kernel(range.start, rows.values);
    });
}

/// The largest of a row; a NaN is passed over here, and shows in the exponentials.
#[inline(always)]
fn largest<S: Simd, T: Scalar>(simd: S, x: &[T]) -> T {
    let lowest = T::from_f64(f64::NEG_INFINITY);
    let mut best = splat::<S, T>(simd, lowest);
    for x in x.chunks(lanes::<S, T>()) {
        let x: T::Vector<S> =
            if x.len() < lanes::<S, T>() { load_padded(simd, x, lowest) } else { load(simd, x) };
        best = x.simd_gt(best).select(x, best);
    }
    best.as_slice().iter().fold(lowest, |best, x| if *x > best { *x } else { best })
}

/// `y = exp(x - max)`, and their sum.
#[inline(always)]
fn exponentials<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], max: T) -> T {
    let max = splat::<S, T>(simd, max);
    each(
        simd,
        y,
        [x],
        #[inline(always)]
        |[x]| math::exp::<S, T>(simd, x - max),
    );
    sum(simd, y, None)
}

/// `Σ a · b`, or `Σ a`, lane by lane and then over the lanes.
#[inline(always)]
fn sum<S: Simd, T: Scalar>(simd: S, a: &[T], b: Option<&[T]>) -> T {
    let mut sums = splat::<S, T>(simd, T::ZERO);
    let len = lanes::<S, T>();
    for (chunk, a) in a.chunks(len).enumerate() {
        let a: T::Vector<S> = load(simd, a);
        sums = match b {
            Some(b) => a.mul_add(load::<S, T>(simd, &b[chunk * len..]), sums),
            None => sums + a,
        };
    }
    sums.as_slice().iter().fold(T::ZERO, |sum, lane| sum + *lane)
}

#[inline(always)]
fn scale<S: Simd, T: Scalar>(simd: S, y: &mut [T], factor: T) {
    let factor = splat::<S, T>(simd, factor);
    for y in y.chunks_mut(lanes::<S, T>()) {
        store(simd, load::<S, T>(simd, y) * factor, y);
    }
}

/// `y = f(x…)`, vector by vector.
#[inline(always)]
fn each<S: Simd, T: Scalar, const N: usize>(
    simd: S,
    y: &mut [T],
    x: [&[T]; N],
    f: impl Fn([T::Vector<S>; N]) -> T::Vector<S>,
) {
    let len = lanes::<S, T>();
    for (chunk, y) in y.chunks_mut(len).enumerate() {
        let mut vectors = [splat::<S, T>(simd, T::ZERO); N];
        for (vector, x) in vectors.iter_mut().zip(x) {
            *vector = load(simd, &x[chunk * len..chunk * len + y.len()]);
        }
        store(simd, f(vectors), y);
    }
}
