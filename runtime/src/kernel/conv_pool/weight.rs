//! `dw[tap] = Σ dy · (what the winner saw at the tap)`, over all windows of the pooling.

use core::ops::Range;

use fearless_simd::{Select, SimdFloat};

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

/// One vector of channels of the gradient, tap by tap.
type Sums<V> = [V; MOST_TAPS];

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
        let sums = match (sizes.kernel, sizes.channels[0]) {
            ([3, 3], 1) => samples(simd, &given, &mut room, sizes, [3, 3], 1),
            ([5, 5], 1) => samples(simd, &given, &mut room, sizes, [5, 5], 1),
            ([3, 9], 3) => samples(simd, &given, &mut room, sizes, [3, 9], 3),
            (kernel, inputs) => samples(simd, &given, &mut room, sizes, kernel, inputs),
        };
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
fn samples<S: Simd, T: Scalar>(
    simd: S,
    given: &Given<'_, T>,
    room: &mut [T; LARGEST],
    sizes: &ConvPool,
    kernel: [usize; 2],
    inputs: usize,
) -> Sums<T::Vector<S>> {
    let mut sums = [splat(simd, T::ZERO); MOST_TAPS];
    let (row, width) = (sizes.image.row(), sizes.output[1]);
    for (sample, dy) in given.dy.chunks(sizes.len()).enumerate() {
        let x = &given.x[sample * sizes.image.len()..][..sizes.image.len()];
        let x = sizes.image.pad(x, room);
        let index = &given.index[sample * sizes.len()..][..sizes.len()];
        let pixels = dy.chunks(sizes.channels[1]).zip(index.chunks(sizes.channels[1]));
        for (window, (dy, index)) in pixels.enumerate() {
            let corner = window / width * 2 * row + window % width * 2 * inputs;
            let dy = load(simd, &dy[given.channels.clone()]);
            let winners = Winners::load(simd, &index[given.channels.clone()]);
            add::<S, T>(simd, &mut sums, &x[corner..], row, dy, winners, kernel, inputs);
        }
    }
    sums
}

/// One window: of the two pixels side by side the winner is chosen first, then of the two rows.
#[inline(always)]
fn add<S: Simd, T: Scalar>(
    simd: S,
    sums: &mut Sums<T::Vector<S>>,
    x: &[T],
    row: usize,
    dy: T::Vector<S>,
    winners: Winners<Mask<S, T>>,
    [height, run]: [usize; 2],
    inputs: usize,
) {
    for i in 0..run {
        let side = |p: usize| {
            let x = &x[p * row..p * row + run + inputs];
            let (left, right) = (splat::<S, T>(simd, x[i]), splat::<S, T>(simd, x[i + inputs]));
            winners.low.select(right, left)
        };
        let mut upper: T::Vector<S> = side(0);
        for p in 0..height {
            let lower: T::Vector<S> = side(p + 1);
            let seen: T::Vector<S> = winners.high.select(lower, upper);
            let sum = &mut sums[p * run + i];
            *sum = seen.mul_add(dy, *sum);
            upper = lower;
        }
    }
}
