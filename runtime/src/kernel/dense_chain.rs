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
    let (k, n) = (first.w.len() / first.n, last.n);
    let work = rows * layers.iter().map(|layer| layer.w.len()).sum::<usize>();
    let y = Rows { values: &mut y[..rows * n], len: n };
    share(cpu, rows, 16, work, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        dispatch!(cpu, simd => every_row(simd, y.values, x, layers, [k, n]));
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
    for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(k)) {
        let mut values = [T::ZERO; WIDEST];
        values[..k].copy_from_slice(x);
        for layer in layers {
            values = one_layer(simd, &values, layer);
        }
        y.copy_from_slice(&values[..n]);
    }
}

#[inline(always)]
fn one_layer<S: Simd, T: Scalar>(simd: S, x: &Between<T>, layer: &Dense<'_, T>) -> Between<T> {
    let mut y = [T::ZERO; WIDEST];
    let (len, n) = (lanes::<S, T>(), layer.n);
    if n == 1 {
        let sum = splat(simd, product(simd, x, layer));
        map::value::<S, T>(simd, layer.fun, sum).store_slice(&mut y[..len]);
        return y;
    }
    for (vector, y) in y.chunks_exact_mut(len).take(n.div_ceil(len)).enumerate() {
        let sum = columns(simd, x, layer, vector * len);
        map::value::<S, T>(simd, layer.fun, sum).store_slice(y);
    }
    y
}

/// The only output of a layer, before its function.
#[inline(always)]
fn product<S: Simd, T: Scalar>(simd: S, x: &Between<T>, layer: &Dense<'_, T>) -> T {
    let len = lanes::<S, T>();
    let mut sum = splat::<S, T>(simd, T::ZERO);
    let k = layer.w.len().min(WIDEST);
    for (x, w) in x[..k].chunks(len).zip(layer.w.chunks(len)) {
        sum = load::<S, T>(simd, x).mul_add(load::<S, T>(simd, w), sum);
    }
    sum.reduce_sum() + layer.bias.map_or(T::ZERO, |bias| bias[0])
}

/// A vector of outputs from `column` on, before the function.
#[inline(always)]
fn columns<S: Simd, T: Scalar>(
    simd: S,
    x: &Between<T>,
    layer: &Dense<'_, T>,
    column: usize,
) -> T::Vector<S> {
    let Dense { w, bias, n, .. } = *layer;
    let k = (w.len() / n).min(WIDEST);
    let mut sums = [splat::<S, T>(simd, T::ZERO); STREAMS];
    if let Some(bias) = bias {
        sums[0] = load(simd, &bias[column..]);
    }
    let whole = k / STREAMS * STREAMS;
    for i in (0..whole).step_by(STREAMS) {
        for s in 0..STREAMS {
            let row: T::Vector<S> = load(simd, &w[(i + s) * n + column..]);
            sums[s] = row.mul_add(splat::<S, T>(simd, x[i + s]), sums[s]);
        }
    }
    for i in whole..k {
        let row: T::Vector<S> = load(simd, &w[i * n + column..]);
        sums[0] = row.mul_add(splat::<S, T>(simd, x[i]), sums[0]);
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
