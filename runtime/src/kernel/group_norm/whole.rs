//! One group: a block is one vector of values.

use fearless_simd::{SimdBase, SimdFloat};

use crate::{
    kernel::{
        Groups,
        lanes::{lanes, load, splat, store},
        norm::variance,
    },
    simd::{Scalar, Simd, root},
};

/// Vectors whose sums are kept apart, so that additions need not wait for one another.
const APART: usize = 4;

#[inline(always)]
pub(super) fn forward<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    mean: &mut T,
    rstd: &mut T,
    x: &[T],
    gamma: &[T],
    beta: Option<&[T]>,
    sizes: &Groups,
) {
    let count = x.len() as f64;
    let mut centre = 0.0;
    if sizes.centred {
        let [sum, _] = moments(simd, x, T::ZERO);
        centre = T::from_f64(sum / count).to_f64();
    }
    // What rounding left of the mean (Chan 1983).
    let [sum, squares] = moments(simd, x, T::from_f64(centre));
    let rest = if sizes.centred { sum / count } else { 0.0 };
    let var = variance(squares / count - rest * rest);
    *mean = T::from_f64(centre + rest);
    *rstd = T::from_f64(1.0 / root(var + sizes.epsilon));
    for (y, x) in y.chunks_exact_mut(gamma.len()).zip(x.chunks_exact(gamma.len())) {
        apply(simd, y, x, [*mean, *rstd], gamma, beta);
    }
}

/// `Σ (x - shift)` and `Σ (x - shift)²`.
#[inline(always)]
fn moments<S: Simd, T: Scalar>(simd: S, x: &[T], shift: T) -> [f64; 2] {
    let len = lanes::<S, T>();
    let shifts = splat::<S, T>(simd, shift);
    let mut sums = [[splat::<S, T>(simd, T::ZERO); 2]; APART];
    let mut chunks = x.chunks_exact(APART * len);
    for chunk in &mut chunks {
        for (sums, x) in sums.iter_mut().zip(chunk.chunks_exact(len)) {
            add(sums, load::<S, T>(simd, x) - shifts);
        }
    }
    let mut vectors = chunks.remainder().chunks_exact(len);
    for (sums, x) in sums.iter_mut().zip(&mut vectors) {
        add(sums, load::<S, T>(simd, x) - shifts);
    }
    let [a, b, c, d] = sums;
    let mut totals = [0.0; 2];
    for (i, total) in totals.iter_mut().enumerate() {
        *total = total_of::<S, T>((a[i] + b[i]) + (c[i] + d[i]));
    }
    for x in vectors.remainder() {
        let deviation = (*x - shift).to_f64();
        totals[0] += deviation;
        totals[1] += deviation * deviation;
    }
    totals
}

#[inline(always)]
fn add<V: SimdFloat<S>, S: Simd>(sums: &mut [V; 2], x: V) {
    sums[0] += x;
    sums[1] = x.mul_add(x, sums[1]);
}

/// Lanes of the widest vector.
const MOST: usize = 16;

/// The sum over the lanes, in pairs, of which each is half of the vector apart.
#[inline(always)]
fn total_of<S: Simd, T: Scalar>(vector: T::Vector<S>) -> f64 {
    let mut sums = [0.0; MOST];
    for (sum, lane) in sums.iter_mut().zip(vector.as_slice()) {
        *sum = lane.to_f64();
    }
    let mut half = lanes::<S, T>() / 2;
    while half > 0 {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
        half /= 2;
    }
    sums[0]
}

/// `y = (x - mean) · rstd · gamma + beta`.
#[inline(always)]
fn apply<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    [mean, rstd]: [T; 2],
    gamma: &[T],
    beta: Option<&[T]>,
) {
    let len = lanes::<S, T>();
    let (mean, rstd) = (splat::<S, T>(simd, mean), splat::<S, T>(simd, rstd));
    for (chunk, y) in y.chunks_mut(len).enumerate() {
        let place = chunk * len..chunk * len + y.len();
        let normal = (load::<S, T>(simd, &x[place.clone()]) - mean) * rstd;
        let gamma = load::<S, T>(simd, &gamma[place.clone()]);
        let beta = match beta {
            Some(beta) => load::<S, T>(simd, &beta[place]),
            None => splat::<S, T>(simd, T::ZERO),
        };
        store(simd, normal.mul_add(gamma, beta), y);
    }
}

#[inline(always)]
pub(super) fn grad_input<S: Simd, T: Scalar>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    [mean, rstd]: [T; 2],
    gamma: &[T],
    sizes: &Groups,
) {
    let (n, count) = (gamma.len(), x.len() as f64);
    let mut sums = [splat::<S, T>(simd, T::ZERO); 2];
    for (dy, x) in dy.chunks_exact(n).zip(x.chunks_exact(n)) {
        add_products(simd, &mut sums, dy, x, mean, gamma);
    }
    let [plain, product] = sums;
    let (plain, product) = (total_of::<S, T>(plain) / count, total_of::<S, T>(product) / count);
    let centre = if sizes.centred { plain } else { 0.0 };
    let slope = product * rstd.to_f64() * rstd.to_f64();
    let shares = [centre, slope].map(T::from_f64);
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n).zip(x.chunks_exact(n)));
    for (dx, (dy, x)) in rows {
        apply_grad(simd, dx, dy, x, [mean, rstd], shares, gamma);
    }
}

/// Adds `d` and `d · (x - mean)` with `d = gamma · dy`, whose lanes beyond the end are zero.
#[inline(always)]
fn add_products<S: Simd, T: Scalar>(
    simd: S,
    sums: &mut [T::Vector<S>; 2],
    dy: &[T],
    x: &[T],
    mean: T,
    gamma: &[T],
) {
    let len = lanes::<S, T>();
    let mean = splat::<S, T>(simd, mean);
    for ((dy, x), gamma) in dy.chunks(len).zip(x.chunks(len)).zip(gamma.chunks(len)) {
        let d = load::<S, T>(simd, dy) * load::<S, T>(simd, gamma);
        sums[0] += d;
        sums[1] = d.mul_add(load::<S, T>(simd, x) - mean, sums[1]);
    }
}

/// `dx = rstd · (gamma · dy - centre - (x - mean) · slope)`.
#[inline(always)]
fn apply_grad<S: Simd, T: Scalar>(
    simd: S,
    dx: &mut [T],
    dy: &[T],
    x: &[T],
    [mean, rstd]: [T; 2],
    [centre, slope]: [T; 2],
    gamma: &[T],
) {
    let len = lanes::<S, T>();
    let (mean, rstd) = (splat::<S, T>(simd, mean), splat::<S, T>(simd, rstd));
    let (centre, slope) = (splat::<S, T>(simd, centre), splat::<S, T>(simd, slope));
    for (chunk, dx) in dx.chunks_mut(len).enumerate() {
        let place = chunk * len..chunk * len + dx.len();
        let d = load::<S, T>(simd, &dy[place.clone()]) * load::<S, T>(simd, &gamma[place.clone()]);
        let deviation = load::<S, T>(simd, &x[place]) - mean;
        store(simd, (d - centre - deviation * slope) * rstd, dx);
    }
}
