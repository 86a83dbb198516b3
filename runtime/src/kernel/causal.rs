//! One time step of causal layers: what they keep of earlier ones.

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    lanes::{lanes, load, splat, store},
    map,
};
use crate::{
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// Sums that are added up independently of each other, where a layer has earlier steps to add; one
/// without adds in the order of the batch, so that both have the same bits where there are several outputs and
/// several rows.
pub(super) const STREAMS: usize = 4;

/// Vectors of outputs that are summed side by side, where a layer has as many.
const SIDE_BY_SIDE: usize = 4;

/// What a causal layer computes at the time step `t`:
/// `y[n] = fun(Σ x[t - (kernel - 1 - p) · dilation, c] · w[p, c, n] + bias[n])`
/// over the taps `p` and the channels `c` of the group of `n`. Steps before the first are zero.
#[derive(Clone, Copy, Debug)]
pub struct CausalLayer {
    /// Applied to the sum.
    pub fun: Option<Fun>,
    /// Taps.
    pub kernel: usize,
    /// Time steps between two taps.
    pub dilation: usize,
    /// Groups of channels.
    pub groups: usize,
    /// Inputs.
    pub k: usize,
    /// Outputs.
    pub n: usize,
}

impl CausalLayer {
    /// A dense layer, which sees this time step alone.
    #[must_use]
    pub const fn dense(k: usize, n: usize, fun: Option<Fun>) -> Self {
        Self { fun, kernel: 1, dilation: 1, groups: 1, k, n }
    }

    /// The number of rows of the ring.
    #[inline(always)]
    pub(crate) const fn rows(&self) -> usize {
        ((self.kernel - 1) * self.dilation + 1).next_power_of_two()
    }
}

/// A causal layer with its parameters, and with what it keeps.
#[derive(Debug)]
pub struct Taps<'a, T> {
    /// The last inputs: that of the step `t` in row `t mod rows` of `k`, `rows` being the smallest
    /// power of two that the taps reach over. `None` where there is one tap.
    pub ring: Option<&'a mut [T]>,
    /// `[kernel, k / groups, n]`.
    pub w: &'a [T],
    /// `[n]`.
    pub bias: Option<&'a [T]>,
    /// What it computes.
    pub layer: CausalLayer,
}

impl<T: Scalar> Taps<'_, T> {
    /// What the tap `p` sees, where `x` is the input of this time step.
    #[inline(always)]
    fn seen<'x>(&'x self, x: &'x [T], p: usize, time: u64) -> &'x [T] {
        let CausalLayer { kernel, dilation, k, .. } = self.layer;
        match &self.ring {
            Some(ring) if p + 1 < kernel => {
                let ago = (kernel - 1 - p) * dilation;
                let row = (time as usize).wrapping_sub(ago) & (self.layer.rows() - 1);
                &ring[row * k..][..k]
            }
            _ => x,
        }
    }

    /// Puts the input of this time step into the ring.
    #[inline(always)]
    pub(super) fn keep<S: Simd>(&mut self, simd: S, x: &[T], time: u64) {
        let (row, k) = (time as usize & (self.layer.rows() - 1), self.layer.k);
        if let Some(ring) = self.ring.as_deref_mut() {
            let row = ring[row * k..][..k].chunks_mut(lanes::<S, T>());
            for (row, x) in row.zip(x.chunks(lanes::<S, T>())) {
                store(simd, load::<S, T>(simd, x), row);
            }
        }
    }
}

/// `y = layer(x)`.
pub(crate) fn causal_layer<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    taps: &mut Taps<'_, T>,
    time: u64,
) {
    let cpu = if taps.layer.n * size_of::<T>() <= 32 { cpu.narrowed() } else { cpu };
    let mut given = (y, x, taps);
    dispatch!(T, cpu, simd => {
        let (y, x, taps) = &mut given;
        one_layer(simd, y, x, taps, time);
    });
}

/// Writes the outputs to `y`, whole vectors where it has room for them.
#[inline(always)]
fn one_layer<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], taps: &mut Taps<'_, T>, time: u64) {
    let (len, n) = (lanes::<S, T>(), taps.layer.n);
    if n == 1 || (n == len && taps.layer.groups == 1) {
        let sum = match n {
            1 => splat(simd, product(simd, x, taps, time)),
            _ if taps.layer.kernel == 1 => one_vector::<S, T, 1>(simd, x, taps, time),
            _ => one_vector::<S, T, STREAMS>(simd, x, taps, time),
        };
        let value = map::value::<S, T>(simd, taps.layer.fun, sum);
        match y {
            [y] => *y = value.as_slice()[0],
            y => store(simd, value, first(y, len)),
        }
    } else {
        match taps.layer.kernel {
            1 => every_group::<S, T, 1>(simd, y, x, taps, time),
            _ => every_group::<S, T, STREAMS>(simd, y, x, taps, time),
        }
        if let fun @ Some(_) = taps.layer.fun {
            for y in y[..n].chunks_mut(len) {
                store(simd, map::value::<S, T>(simd, fun, load(simd, y)), y);
            }
        }
    }
    taps.keep(simd, x, time);
}

/// The first values, `len` of them where there are as many.
#[inline(always)]
fn first<T>(values: &mut [T], len: usize) -> &mut [T] {
    let len = len.min(values.len());
    &mut values[..len]
}

/// The sums of all outputs, before the function, each from `R` sums where vectors are not side by side.
#[inline(always)]
pub(super) fn every_group<S: Simd, T: Scalar, const R: usize>(
    simd: S,
    y: &mut [T],
    x: &[T],
    taps: &Taps<'_, T>,
    time: u64,
) {
    let (len, outputs) = (lanes::<S, T>(), taps.layer.n / taps.layer.groups);
    for group in 0..taps.layer.groups {
        let mut column = group * outputs;
        let end = column + outputs;
        while column + SIDE_BY_SIDE * len <= end {
            let sums = columns::<S, T, SIDE_BY_SIDE, 1>(simd, x, taps, [group, column], time);
            for sum in sums {
                store(simd, sum, &mut y[column..column + len]);
                column += len;
            }
        }
        while column < end {
            let [sum] = columns::<S, T, 1, R>(simd, x, taps, [group, column], time);
            store(simd, sum, &mut y[column..end.min(column + len)]);
            column += len;
        }
    }
}

/// The only output of a layer, before its function.
#[inline(always)]
pub(super) fn product<S: Simd, T: Scalar>(simd: S, x: &[T], taps: &Taps<'_, T>, time: u64) -> T {
    let (len, k) = (lanes::<S, T>(), taps.layer.k);
    let mut sum = splat::<S, T>(simd, T::ZERO);
    for p in 0..taps.layer.kernel {
        let (x, w) = (&taps.seen(x, p, time)[..k], &taps.w[p * k..][..k]);
        let mut at = 0;
        while at < k {
            let end = k.min(at + len);
            let w: T::Vector<S> = load(simd, &w[at..end]);
            sum = load::<S, T>(simd, &x[at..end]).mul_add(w, sum);
            at = end;
        }
    }
    sum.reduce_sum() + taps.bias.map_or(T::ZERO, |bias| bias[0])
}

/// All outputs of a layer that has one vector of them, before its function, each from `R` sums.
#[inline(always)]
pub(super) fn one_vector<S: Simd, T: Scalar, const R: usize>(
    simd: S,
    x: &[T],
    taps: &Taps<'_, T>,
    time: u64,
) -> T::Vector<S> {
    let (len, k) = (lanes::<S, T>(), taps.layer.k);
    let mut sums = [splat::<S, T>(simd, T::ZERO); R];
    if let Some(bias) = taps.bias {
        sums[0] = load(simd, bias);
    }
    for p in 0..taps.layer.kernel {
        let (x, w) = (&taps.seen(x, p, time)[..k], &taps.w[p * k * len..][..k * len]);
        let mut at = 0;
        while at < k {
            let end = k.min(at + R);
            for s in 0..end - at {
                let row = T::Vector::<S>::from_slice(simd, &w[(at + s) * len..][..len]);
                sums[s] = row.mul_add(splat::<S, T>(simd, x[at + s]), sums[s]);
            }
            at = end;
        }
    }
    total::<S, T, R>(sums)
}

/// The sum of one vector, or of four.
#[inline(always)]
fn total<S: Simd, T: Scalar, const R: usize>(sums: [T::Vector<S>; R]) -> T::Vector<S> {
    match sums.as_slice() {
        [a, b, c, d] => (*a + *b) + (*c + *d),
        sums => sums[0],
    }
}

/// `V` vectors of outputs of a group from `column` on, before the function, each from `R` sums. The
/// lanes beyond the last output of the group mean nothing.
#[inline(always)]
fn columns<S: Simd, T: Scalar, const V: usize, const R: usize>(
    simd: S,
    x: &[T],
    taps: &Taps<'_, T>,
    [group, column]: [usize; 2],
    time: u64,
) -> [T::Vector<S>; V] {
    let (len, n, inputs) = (lanes::<S, T>(), taps.layer.n, taps.layer.k / taps.layer.groups);
    let mut sums = [[splat::<S, T>(simd, T::ZERO); V]; R];
    if let Some(bias) = taps.bias {
        for v in 0..V {
            sums[0][v] = load(simd, &bias[column + v * len..]);
        }
    }
    for p in 0..taps.layer.kernel {
        let x = &taps.seen(x, p, time)[group * inputs..][..inputs];
        let mut at = p * inputs * n + column;
        for x in x.chunks(R) {
            for (x, sums) in x.iter().zip(&mut sums) {
                let x = splat::<S, T>(simd, *x);
                for (v, sum) in sums.iter_mut().enumerate() {
                    let row: T::Vector<S> = load(simd, &taps.w[at + v * len..]);
                    *sum = row.mul_add(x, *sum);
                }
                at += n;
            }
        }
    }
    let mut total = sums[0];
    for sums in &sums[1..] {
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += *sum;
        }
    }
    total
}

/// `y = x + table[min(t, rows - 1)]` at the time step `t`.
pub(crate) fn add_row<T: Scalar>(_: Cpu, y: &mut [T], x: &[T], table: &[T], time: u64) {
    let last = (table.len() / x.len()) as u64 - 1;
    let row = time.min(last) as usize * x.len();
    for ((y, x), t) in y.iter_mut().zip(x).zip(&table[row..]) {
        *y = *x + *t;
    }
}

/// `y = mean += (x - mean) / (t + 1)` at the time step `t`: a sum would stand still when it is large.
pub(crate) fn running_mean<T: Scalar>(_: Cpu, y: &mut [T], mean: &mut [T], x: &[T], time: u64) {
    let count = time as f64 + 1.0;
    for ((y, mean), x) in y.iter_mut().zip(mean).zip(x) {
        let before = mean.to_f64();
        *mean = T::from_f64(before + (x.to_f64() - before) / count);
        *y = *mean;
    }
}
