//! One time step of causal layers: what they keep of earlier ones, and small layers one after the
//! other under one dispatch.

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    lanes::{lanes, load, splat, store},
    map,
};
use crate::{
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// The most outputs of a layer that feeds another.
const WIDEST: usize = 32;

/// Sums that are added up independently of each other, where a layer has earlier steps to add; one
/// without adds in the order of the batch, so that both have the same bits.
const STREAMS: usize = 4;

/// Vectors of outputs that are summed side by side, where a layer has as many.
const SIDE_BY_SIDE: usize = 4;

/// One causal layer at the time step `t`: `y[n] = fun(Σ x[t - (kernel - 1 - p) · dilation, c] · w[p, c, n] + bias[n])`
/// over the taps `p` and the channels `c` of the group of `n`. Steps before the first are zero.
#[derive(Debug)]
pub struct Taps<'a, T> {
    /// The last inputs: that of the step `t` in row `t mod rows` of `k`, `rows` being the smallest
    /// power of two that the taps reach over. `None` where there is one tap.
    pub ring: Option<&'a mut [T]>,
    /// `[kernel, k / groups, n]`.
    pub w: &'a [T],
    /// `[n]`.
    pub bias: Option<&'a [T]>,
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

impl<T: Scalar> Taps<'_, T> {
    /// The number of rows of the ring.
    #[inline(always)]
    pub(crate) fn rows(&self) -> usize {
        ((self.kernel - 1) * self.dilation + 1).next_power_of_two()
    }

    /// What the tap `p` sees, where `x` is the input of this time step.
    #[inline(always)]
    pub(crate) fn seen<'x>(&'x self, x: &'x [T], p: usize, time: u64) -> &'x [T] {
        match &self.ring {
            Some(ring) if p + 1 < self.kernel => {
                let ago = (self.kernel - 1 - p) * self.dilation;
                let row = (time as usize).wrapping_sub(ago) & (self.rows() - 1);
                &ring[row * self.k..][..self.k]
            }
            _ => x,
        }
    }

    /// Where the ring takes the input of this time step.
    #[inline(always)]
    pub(crate) fn place(&mut self, time: u64) -> Option<&mut [T]> {
        let (row, k) = (time as usize & (self.rows() - 1), self.k);
        self.ring.as_deref_mut().map(|ring| &mut ring[row * k..][..k])
    }
}

/// `y = layers(x)`.
pub(crate) fn causal_chain<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    layers: &mut [Taps<'_, T>],
    time: u64,
) {
    let widest = layers.iter().map(|layer| layer.n).max().unwrap_or(0);
    let cpu = if widest * size_of::<T>() <= 32 { cpu.narrowed() } else { cpu };
    let mut chain = Chain { y, x, layers, time };
    dispatch!(T, cpu, simd => chain.run(simd));
}

/// What the code of a level gets by one reference: slices of its closure are copied in pairs of
/// halves just written, which a processor waits for.
struct Chain<'c, 'a, T> {
    y: &'c mut [T],
    x: &'c [T],
    layers: &'c mut [Taps<'a, T>],
    time: u64,
}

impl<T: Scalar> Chain<'_, '_, T> {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S) {
        every_layer(simd, self.y, self.x, self.layers, self.time);
    }
}

#[inline(always)]
fn every_layer<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    layers: &mut [Taps<'_, T>],
    time: u64,
) {
    let single = layers.len() == 1;
    let (mut values, mut next) = (&mut [T::ZERO; WIDEST], &mut [T::ZERO; WIDEST]);
    for (at, layer) in layers.iter_mut().enumerate() {
        let x = if at == 0 { x } else { &values[..layer.k] };
        one_layer(simd, if single { &mut *y } else { &mut next[..] }, x, layer, time);
        (values, next) = (next, values);
    }
    match y {
        _ if single => {}
        [y] => *y = values[0],
        y => y.copy_from_slice(&values[..y.len()]),
    }
}

/// Writes the outputs to `y`, whole vectors where it has room for them.
#[inline(always)]
fn one_layer<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    layer: &mut Taps<'_, T>,
    time: u64,
) {
    let (len, n) = (lanes::<S, T>(), layer.n);
    if n == 1 || (n == len && layer.groups == 1) {
        let sum = match n {
            1 => splat(simd, product(simd, x, layer, time)),
            _ if layer.kernel == 1 => one_vector::<S, T, 1>(simd, x, layer, time),
            _ => one_vector::<S, T, STREAMS>(simd, x, layer, time),
        };
        let value = map::value::<S, T>(simd, layer.fun, sum);
        match y {
            [y] => *y = value.as_slice()[0],
            y => store(simd, value, first(y, len)),
        }
    } else {
        every_group(simd, y, x, layer, time);
        if let fun @ Some(_) = layer.fun {
            for y in y[..n].chunks_mut(len) {
                store(simd, map::value::<S, T>(simd, fun, load(simd, y)), y);
            }
        }
    }
    if let Some(row) = layer.place(time) {
        for (row, x) in row.chunks_mut(len).zip(x.chunks(len)) {
            store(simd, load::<S, T>(simd, x), row);
        }
    }
}

/// The first values, `len` of them where there are as many.
#[inline(always)]
fn first<T>(values: &mut [T], len: usize) -> &mut [T] {
    let len = len.min(values.len());
    &mut values[..len]
}

/// The sums of all outputs, before the function.
#[inline(always)]
fn every_group<S: Simd, T: Scalar>(simd: S, y: &mut [T], x: &[T], layer: &Taps<'_, T>, time: u64) {
    let (len, outputs) = (lanes::<S, T>(), layer.n / layer.groups);
    for group in 0..layer.groups {
        let mut column = group * outputs;
        let end = column + outputs;
        while column + SIDE_BY_SIDE * len <= end {
            let sums = columns::<S, T, SIDE_BY_SIDE, 1>(simd, x, layer, [group, column], time);
            for sum in sums {
                store(simd, sum, &mut y[column..column + len]);
                column += len;
            }
        }
        while column < end {
            let at = [group, column];
            let [sum] = match layer.kernel {
                1 => columns::<S, T, 1, 1>(simd, x, layer, at, time),
                _ => columns::<S, T, 1, STREAMS>(simd, x, layer, at, time),
            };
            store(simd, sum, &mut y[column..end.min(column + len)]);
            column += len;
        }
    }
}

/// The only output of a layer, before its function.
#[inline(always)]
fn product<S: Simd, T: Scalar>(simd: S, x: &[T], layer: &Taps<'_, T>, time: u64) -> T {
    let len = lanes::<S, T>();
    let mut sum = splat::<S, T>(simd, T::ZERO);
    for (p, w) in layer.w.chunks_exact(layer.k).enumerate() {
        for (x, w) in layer.seen(x, p, time).chunks(len).zip(w.chunks(len)) {
            sum = load::<S, T>(simd, x).mul_add(load::<S, T>(simd, w), sum);
        }
    }
    sum.reduce_sum() + layer.bias.map_or(T::ZERO, |bias| bias[0])
}

/// All outputs of a layer that has one vector of them, before its function, each from `R` sums.
#[inline(always)]
fn one_vector<S: Simd, T: Scalar, const R: usize>(
    simd: S,
    x: &[T],
    layer: &Taps<'_, T>,
    time: u64,
) -> T::Vector<S> {
    let len = lanes::<S, T>();
    let mut sums = [splat::<S, T>(simd, T::ZERO); R];
    if let Some(bias) = layer.bias {
        sums[0] = load(simd, bias);
    }
    for (p, w) in layer.w.chunks_exact(layer.k * len).enumerate() {
        let x = layer.seen(x, p, time);
        let (whole, rest) = x.split_at(x.len() - x.len() % R);
        let (w, w_rest) = w.split_at(whole.len() * len);
        for (x, w) in whole.chunks_exact(R).zip(w.chunks_exact(R * len)) {
            for ((sum, x), w) in sums.iter_mut().zip(x).zip(w.chunks_exact(len)) {
                let row = T::Vector::<S>::from_slice(simd, w);
                *sum = row.mul_add(splat::<S, T>(simd, *x), *sum);
            }
        }
        for ((sum, x), w) in sums.iter_mut().zip(rest).zip(w_rest.chunks_exact(len)) {
            let row = T::Vector::<S>::from_slice(simd, w);
            *sum = row.mul_add(splat::<S, T>(simd, *x), *sum);
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
    layer: &Taps<'_, T>,
    [group, column]: [usize; 2],
    time: u64,
) -> [T::Vector<S>; V] {
    let (len, n, inputs) = (lanes::<S, T>(), layer.n, layer.k / layer.groups);
    let mut sums = [[splat::<S, T>(simd, T::ZERO); V]; R];
    if let Some(bias) = layer.bias {
        for v in 0..V {
            sums[0][v] = load(simd, &bias[column + v * len..]);
        }
    }
    for p in 0..layer.kernel {
        let x = &layer.seen(x, p, time)[group * inputs..][..inputs];
        let mut at = p * inputs * n + column;
        for x in x.chunks(R) {
            for (x, sums) in x.iter().zip(&mut sums) {
                let x = splat::<S, T>(simd, *x);
                for (v, sum) in sums.iter_mut().enumerate() {
                    let row: T::Vector<S> = load(simd, &layer.w[at + v * len..]);
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

/// `sum += x`, and `y = sum / (t + 1)` at the time step `t`.
pub(crate) fn running_mean<T: Scalar>(_: Cpu, y: &mut [T], sum: &mut [T], x: &[T], time: u64) {
    let count = T::from_f64(time as f64 + 1.0);
    for ((y, sum), x) in y.iter_mut().zip(sum).zip(x) {
        *sum += *x;
        *y = *sum / count;
    }
}
