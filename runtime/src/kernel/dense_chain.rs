//! Small dense layers one after the other as one step: what lies between them stays in the innermost
//! cache, and the SIMD level is met once.

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    lanes::{lanes, load, splat},
    map,
};
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// The most inputs or outputs of a layer.
const WIDEST: usize = 32;

/// Sums that are added up independently of each other.
const STREAMS: usize = 4;

/// The values between two layers; those beyond a layer's outputs mean nothing.
type Between<T> = [T; WIDEST];

/// One layer, `y[n] = fun(x[k] · w[k, n] + bias[n])`, of at most 32 inputs and outputs.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a, T> {
    /// `[k, n]`.
    pub w: &'a [T],
    /// `[n]`.
    pub bias: Option<&'a [T]>,
    /// Applied to the sum.
    pub fun: Option<Fun>,
    /// Inputs.
    pub k: usize,
    /// Outputs.
    pub n: usize,
}

/// `y[r] = layers(x[r])`.
pub(crate) fn dense_chain<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    layers: &[Dense<'_, T>],
    rows: usize,
) {
    let (Some(first), Some(last)) = (layers.first(), layers.last()) else { return };
    let (k, n) = (first.k, last.n);
    let work = rows * layers.iter().map(|layer| layer.w.len()).sum::<usize>();
    let y = Rows { values: &mut y[..rows * n], len: n };
    share(cpu, rows, 16, work, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        dispatch!(T, cpu, simd => every_row(simd, y.values, x, layers, [k, n]));
    });
}

#[inline(always)]
fn every_row<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    layers: &[Dense<'_, T>],
    [k, n]: [usize; 2],
) {
    let (mut values, mut next) = (&mut [T::ZERO; WIDEST], &mut [T::ZERO; WIDEST]);
    for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(k)) {
        for (at, layer) in layers.iter().enumerate() {
            let x = if at == 0 { x } else { &values[..layer.k] };
            one_layer(simd, next, x, layer);
            (values, next) = (next, values);
        }
        match y {
            [y] => *y = values[0],
            y => y.copy_from_slice(&values[..n]),
        }
    }
}

/// Writes whole vectors to `y`, of which the first `n` values mean something.
#[inline(always)]
fn one_layer<S: Simd, T: Scalar>(simd: S, y: &mut Between<T>, x: &[T], layer: &Dense<'_, T>) {
    let (len, n) = (lanes::<S, T>(), layer.n);
    if n == 1 {
        let sum = splat(simd, product(simd, x, layer));
        return map::value::<S, T>(simd, layer.fun, sum).store_slice(&mut y[..len]);
    }
    for (vector, y) in y.chunks_exact_mut(len).take(n.div_ceil(len)).enumerate() {
        let sum = columns(simd, x, layer, vector * len);
        map::value::<S, T>(simd, layer.fun, sum).store_slice(y);
    }
}

/// The only output of a layer, before its function.
#[inline(always)]
fn product<S: Simd, T: Scalar>(simd: S, x: &[T], layer: &Dense<'_, T>) -> T {
    let len = lanes::<S, T>();
    let mut sum = splat::<S, T>(simd, T::ZERO);
    for (x, w) in x.chunks(len).zip(layer.w.chunks(len)) {
        sum = load::<S, T>(simd, x).mul_add(load::<S, T>(simd, w), sum);
    }
    sum.reduce_sum() + layer.bias.map_or(T::ZERO, |bias| bias[0])
}

/// A vector of outputs from `column` on, before the function.
#[inline(always)]
fn columns<S: Simd, T: Scalar>(
    simd: S,
    x: &[T],
    layer: &Dense<'_, T>,
    column: usize,
) -> T::Vector<S> {
    let Dense { w, bias, k, n, .. } = *layer;
    let len = lanes::<S, T>();
    let mut sums = [splat::<S, T>(simd, T::ZERO); STREAMS];
    if let Some(bias) = bias {
        sums[0] = load(simd, &bias[column..]);
    }
    // The last rows may end before a whole vector does.
    let whole =
        if n % len == 0 { k } else { k.saturating_sub(len.div_ceil(n)) } / STREAMS * STREAMS;
    let mut at = column;
    for x in x[..whole].chunks_exact(STREAMS) {
        for s in 0..STREAMS {
            let row = T::Vector::<S>::from_slice(simd, &w[at..at + len]);
            sums[s] = row.mul_add(splat::<S, T>(simd, x[s]), sums[s]);
            at += n;
        }
    }
    let mut sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for x in &x[whole..] {
        let row: T::Vector<S> = load(simd, &w[at..]);
        sum = row.mul_add(splat::<S, T>(simd, *x), sum);
        at += n;
    }
    sum
}
