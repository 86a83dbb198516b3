//! Random verbs of whole channels, and of sums: each number a function of the stream and its index.

use core::f64::consts::TAU;

use super::{Stream, columns::WIDTH, dropout::Mask, random};
use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, dispatch, root},
};

/// `y = x / (1 - rate)` or 0, one decision for every channel of every sample.
pub(crate) fn dropout_channels<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    rows: usize,
    channels: usize,
    rate: f64,
    stream: Stream,
) {
    let (mask, scale) = (Mask::new(rate, stream), T::from_f64(1.0 / (1.0 - rate)));
    let (len, sample) = (y.len(), (y.len() / rows.max(1)).max(1));
    share(cpu, rows, 1, len, Rows { values: y, len: sample }, &|range, y| {
        let x = x[range.start * sample..range.end * sample].chunks_exact(sample);
        for ((row, y), x) in range.zip(y.values.chunks_exact_mut(sample)).zip(x) {
            for first in (0..channels).step_by(WIDTH) {
                let mut scales = [T::ZERO; WIDTH];
                let columns = first..(first + WIDTH).min(channels);
                for (c, factor) in columns.clone().zip(&mut scales) {
                    *factor = if mask.keeps(row * channels + c) { scale } else { T::ZERO };
                }
                dispatch!(T, cpu, _simd => {
                    let pixels = y.chunks_exact_mut(channels).zip(x.chunks_exact(channels));
                    for (y, x) in pixels {
                        multiply(&mut y[columns.clone()], &x[columns.clone()], &scales);
                    }
                });
            }
        }
    });
}

#[inline(always)]
fn multiply<T: Scalar>(y: &mut [T], x: &[T], factors: &[T; WIDTH]) {
    y.iter_mut().zip(x).zip(factors).for_each(|((y, x), factor)| *y = *x * *factor);
}

/// Two numbers of the standard normal distribution (Box and Muller 1958), the pair of this index.
pub(crate) fn normals(key: u64, pair: usize) -> [f64; 2] {
    let bits = random::draw(key, pair as u64);
    let uniform = |bits: u32| f64::from(bits) / 4_294_967_296.0;
    let radius = root(-2.0 * libm::log(1.0 - uniform((bits >> 32) as u32)));
    let angle = TAU * uniform(bits as u32);
    [radius * libm::cos(angle), radius * libm::sin(angle)]
}

/// Elements that are drawn together: an even number.
const CHUNK: usize = 256;

/// `y = x + deviation · n`, `n` of the standard normal distribution.
pub(crate) fn add_noise<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], deviation: f64, stream: Stream) {
    let (key, len) = (random::key(stream), y.len());
    share(cpu, len, CHUNK, 64 * len, Rows { values: y, len: 1 }, &|range, y| {
        let x = x[range.clone()].chunks(CHUNK);
        for (chunk, (y, x)) in y.values.chunks_mut(CHUNK).zip(x).enumerate() {
            let mut noise = [T::ZERO; CHUNK];
            let first = (range.start + chunk * CHUNK) / 2;
            for (pair, noise) in
                noise[..y.len().next_multiple_of(2)].chunks_exact_mut(2).enumerate()
            {
                let normals = normals(key, first + pair);
                noise.copy_from_slice(&normals.map(|n| T::from_f64(deviation * n)));
            }
            dispatch!(T, cpu, _simd => add(y, x, &noise));
        }
    });
}

#[inline(always)]
fn add<T: Scalar>(y: &mut [T], x: &[T], noise: &[T; CHUNK]) {
    y.iter_mut().zip(x).zip(noise).for_each(|((y, x), noise)| *y = *x + *noise);
}
