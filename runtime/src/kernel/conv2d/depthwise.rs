//! Convolutions whose groups are single channels: vectors of channels, pixel by pixel.

use core::ops::Range;

use fearless_simd::SimdFloat;

use super::{
    axis::Axis,
    sweep::{Direction, Sweep},
};
use crate::{
    kernel::{
        Conv2d,
        lanes::lanes,
        tile::{Tile, load_row, store_row, with_columns, zeros},
    },
    simd::{Scalar, Simd},
};

/// Whether every output channel sees one input channel, its own.
pub(super) fn fits(conv: &Conv2d) -> bool {
    conv.groups > 1 && conv.groups == conv.input_channels && conv.groups == conv.output_channels
}

/// Forward, or the input gradient: `y[at, c] = bias[c] + Σ_tap x[at + tap, c] · w[tap, c]`.
#[inline(always)]
pub(super) fn run<S: Simd, T: Scalar>(simd: S, sweep: &Sweep<'_, T>, y: &mut [T], x: &[T]) {
    let channels = sweep.to.channels;
    let mut first = 0;
    while first < channels {
        with_columns!(S, T, (channels - first), C => {
            let range = first..(first + C * lanes::<S, T>()).min(channels);
            let samples = y.chunks_mut(sweep.to.len()).zip(x.chunks(sweep.from.len()));
            for (y, x) in samples {
                sample::<S, T, C>(simd, sweep, y, x, range.clone());
            }
            first += C * lanes::<S, T>();
        });
    }
}

/// Some channels of all pixels of one sample.
#[inline(always)]
fn sample<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    sweep: &Sweep<'_, T>,
    y: &mut [T],
    x: &[T],
    channels: Range<usize>,
) {
    let [vertical, horizontal] = &sweep.axes;
    let start: Tile<T::Vector<S>, 1, C> = match sweep.direction {
        Direction::Forward { bias: Some(bias), .. } => [load_row(simd, &bias[channels.clone()])],
        _ => zeros::<S, T, 1, C>(simd),
    };
    for i in 0..vertical.count {
        let rows = vertical.inside(i, sweep.from.size[0]);
        for j in 0..horizontal.count {
            let columns = horizontal.inside(j, sweep.from.size[1]);
            let [mut sums] = start;
            for p in rows.clone() {
                for q in columns.clone() {
                    let pixel = vertical.seen(i, p) * sweep.from.size[1] + horizontal.seen(j, q);
                    let tap = vertical.window_tap(p) * sweep.conv.window.kernel[1]
                        + horizontal.window_tap(q);
                    let [x, weights] = [(x, pixel), (sweep.weight, tap)]
                        .map(|(of, row)| &of[row * sweep.to.channels + channels.start..]);
                    sums = multiply::<S, T, C>(simd, sums, x, weights);
                }
            }
            let row = vertical.first + i * vertical.step;
            let pixel = row * sweep.to.size[1] + horizontal.first + j * horizontal.step;
            let at = pixel * sweep.to.channels;
            store_row(simd, sums, &mut y[at + channels.start..at + channels.end]);
        }
    }
}

/// `sums + a · b`; lanes beyond the channels hold what lies there.
#[inline(always)]
fn multiply<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut sums: [T::Vector<S>; C],
    a: &[T],
    b: &[T],
) -> [T::Vector<S>; C] {
    let a: [T::Vector<S>; C] = load_row(simd, a);
    let b: [T::Vector<S>; C] = load_row(simd, b);
    for c in 0..C {
        sums[c] = a[c].mul_add(b[c], sums[c]);
    }
    sums
}

/// `dw[tap, c] = Σ x[at + tap, c] · dy[at, c]`.
#[inline(always)]
pub(super) fn gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    conv: &Conv2d,
) {
    dw.fill(T::ZERO);
    let channels = conv.output_channels;
    for (x, dy) in x.chunks(conv.input_len()).zip(dy.chunks(conv.output_len())) {
        for (tap, dw) in dw.chunks_mut(channels).enumerate() {
            let mut first = 0;
            while first < channels {
                with_columns!(S, T, (channels - first), C => {
                    let range = first..(first + C * lanes::<S, T>()).min(channels);
                    let sums: [T::Vector<S>; C] = load_row(simd, &dw[range.clone()]);
                    let sums = tap_of_sample::<S, T, C>(simd, sums, x, dy, conv, tap, first);
                    store_row(simd, sums, &mut dw[range]);
                    first += C * lanes::<S, T>();
                });
            }
        }
    }
}

/// `sums` and one sample's share of one tap, in the channels from `first`.
#[inline(always)]
fn tap_of_sample<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut sums: [T::Vector<S>; C],
    x: &[T],
    dy: &[T],
    conv: &Conv2d,
    tap: usize,
    first: usize,
) -> [T::Vector<S>; C] {
    let (window, channels) = (&conv.window, conv.output_channels);
    let [vertical, horizontal] = [0, 1].map(|axis| Axis::forward(window, axis));
    let (p, q) = (tap / window.kernel[1], tap % window.kernel[1]);
    let columns = horizontal.that_see(q, window.input[1]);
    for i in vertical.that_see(p, window.input[0]) {
        let (from, to) = (vertical.seen(i, p) * window.input[1], i * window.output[1]);
        for j in columns.clone() {
            let x = &x[(from + horizontal.seen(j, q)) * channels + first..];
            sums = multiply::<S, T, C>(simd, sums, x, &dy[(to + j) * channels + first..]);
        }
    }
    sums
}
