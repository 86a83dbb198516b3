//! `dw[tap] = Σ dy · (what the winner saw at the tap)`, over all windows of the pooling.

use core::ops::Range;

use fearless_simd::{Select, SimdBase, SimdFloat};

use super::{
    ConvPool,
    image::LARGEST,
    winners::{Mask, Winners},
};
use crate::{
    kernel::lanes::{lanes, load, splat, store},
    simd::{Scalar, Simd},
};

/// Taps that have an accumulator each.
pub(crate) const MOST_TAPS: usize = 32;

#[inline(always)]
pub(super) fn gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    index: &[u8],
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let outputs = sizes.channels[1];
    for first in (0..outputs).step_by(lanes::<S, T>()) {
        let channels = first..(first + lanes::<S, T>()).min(outputs);
        let given = Given { x, dy, index, channels: channels.clone() };
        let mut sums = [splat(simd, T::ZERO); MOST_TAPS];
        let full = channels.len() == lanes::<S, T>();
        let into = &mut sums;
        with_kernel!(sizes, full, TAPS, kernel, inputs => {
            samples::<S, T, TAPS, true>(simd, into, &given, &mut room, sizes, kernel, inputs);
        }, else {
            let (kernel, inputs) = (sizes.kernel, sizes.channels[0]);
            samples::<S, T, MOST_TAPS, false>(simd, into, &given, &mut room, sizes, kernel, inputs);
        });
        for (dw, sum) in dw.chunks_mut(outputs).zip(sums) {
            store(simd, sum, &mut dw[channels.clone()]);
        }
    }
}

/// What a vector of channels is computed from.
struct Given<'a, T> {
    x: &'a [T],
    dy: &'a [T],
    index: &'a [u8],
    channels: Range<usize>,
}

#[inline(always)]
fn samples<S: Simd, T: Scalar, const TAPS: usize, const FULL: bool>(
    simd: S,
    sums: &mut [T::Vector<S>; MOST_TAPS],
    given: &Given<'_, T>,
    room: &mut [T; LARGEST],
    sizes: &ConvPool,
    kernel: [usize; 2],
    inputs: usize,
) {
    let image = &sizes.image;
    for (sample, dy) in given.dy.chunks(sizes.len()).enumerate() {
        let x = image.pad(&given.x[sample * image.len()..][..image.len()], room);
        let index = &given.index[sample * sizes.len()..][..sizes.len()];
        // Sums whose places are constants stay in registers over the sample.
        let mut local = [splat::<S, T>(simd, T::ZERO); TAPS];
        local.copy_from_slice(&sums[..TAPS]);
        let width = sizes.output[1] * sizes.channels[1];
        for (i, (dy, index)) in dy.chunks(width).zip(index.chunks(width)).enumerate() {
            let pixels = dy.chunks(sizes.channels[1]).zip(index.chunks(sizes.channels[1]));
            for (j, (dy, index)) in pixels.enumerate() {
                let x = &x[i * 2 * image.row() + j * 2 * inputs..];
                let (dy, index) = (&dy[given.channels.clone()], &index[given.channels.clone()]);
                let (dy, winners) = if FULL {
                    (load_full::<S, T>(simd, dy), Winners::read(&index[..lanes::<S, T>()]))
                } else {
                    (load(simd, dy), Winners::read(index))
                };
                let winners = winners.masks::<S, T>(simd);
                add::<S, T, TAPS>(simd, &mut local, x, image.row(), dy, winners, kernel, inputs);
            }
        }
        sums[..TAPS].copy_from_slice(&local);
    }
}

/// One window: of the two pixels side by side the winner is chosen first, then of the two rows.
#[inline(always)]
fn add<S: Simd, T: Scalar, const TAPS: usize>(
    simd: S,
    sums: &mut [T::Vector<S>; TAPS],
    x: &[T],
    row: usize,
    dy: T::Vector<S>,
    [low, high]: [Mask<S, T>; 2],
    [height, run]: [usize; 2],
    inputs: usize,
) {
    for i in 0..run {
        let (left, right) = (splat::<S, T>(simd, x[i]), splat::<S, T>(simd, x[i + inputs]));
        let mut upper: T::Vector<S> = low.select(right, left);
        for p in 0..height {
            let x = &x[(p + 1) * row..(p + 1) * row + run + inputs];
            let (left, right) = (splat::<S, T>(simd, x[i]), splat::<S, T>(simd, x[i + inputs]));
            let lower: T::Vector<S> = low.select(right, left);
            let seen: T::Vector<S> = high.select(lower, upper);
            let sum = &mut sums[p * run + i];
            *sum = seen.mul_add(dy, *sum);
            upper = lower;
        }
    }
}

#[inline(always)]
fn load_full<S: Simd, T: Scalar>(simd: S, from: &[T]) -> T::Vector<S> {
    T::Vector::<S>::from_slice(simd, &from[..lanes::<S, T>()])
}
