//! `dw[tap] = Σ dy · (what the winner saw at the tap)`, over all windows of the pooling.

use core::ops::Range;

use fearless_simd::{Select, SimdBase, SimdFloat};

use super::{
    ConvPool, Given,
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
    dbias: &mut [T],
    given: &Given<'_, T>,
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let outputs = sizes.channels[1];
    for first in (0..outputs).step_by(lanes::<S, T>()) {
        let channels = first..(first + lanes::<S, T>()).min(outputs);
        let mut sums = Sums::of(splat(simd, T::ZERO));
        let full = channels.len() == lanes::<S, T>();
        let (at, into) = (channels.clone(), &mut sums);
        with_kernel!(sizes, full, TAPS, kernel, inputs => {
            samples::<S, T, TAPS, true>(simd, into, given, at, &mut room, sizes, kernel, inputs);
        }, else {
            let (kernel, inputs) = (sizes.kernel, sizes.channels[0]);
            samples::<S, T, MOST_TAPS, false>(simd, into, given, at, &mut room, sizes, kernel, inputs);
        });
        for (dw, sum) in dw.chunks_mut(outputs).zip(sums.taps) {
            store(simd, sum, &mut dw[channels.clone()]);
        }
        if let Some(dbias) = dbias.get_mut(channels) {
            store(simd, sums.dy, dbias);
        }
    }
}

/// Sums of a vector of channels: over what each tap saw, and of `dy` alone.
#[derive(Clone, Copy)]
pub(super) struct Sums<V> {
    pub(super) taps: [V; MOST_TAPS],
    pub(super) dy: V,
}

impl<V: Copy> Sums<V> {
    /// Sums that are all `value`.
    #[inline(always)]
    pub(super) const fn of(value: V) -> Self {
        Self { taps: [value; MOST_TAPS], dy: value }
    }
}

#[inline(always)]
fn samples<S: Simd, T: Scalar, const TAPS: usize, const FULL: bool>(
    simd: S,
    sums: &mut Sums<T::Vector<S>>,
    given: &Given<'_, T>,
    channels: Range<usize>,
    room: &mut [T; LARGEST],
    sizes: &ConvPool,
    kernel: [usize; 2],
    inputs: usize,
) {
    let (image, outputs) = (&sizes.image, sizes.channels[1]);
    for sample in 0..given.dy.len() / sizes.len() {
        let x = image.pad(&given.x[sample * image.len()..][..image.len()], room);
        // Sums whose places are constants stay in registers over the sample.
        let mut local = [splat::<S, T>(simd, T::ZERO); TAPS];
        local.copy_from_slice(&sums.taps[..TAPS]);
        let mut at = sample * sizes.len();
        for i in 0..sizes.output[0] {
            for j in 0..sizes.output[1] {
                let x = &x[i * 2 * image.row() + j * 2 * inputs..];
                let (dy, winners) =
                    given.pixel::<S, FULL>(simd, at + channels.start..at + channels.end);
                sums.dy += dy;
                let winners = winners.masks::<S, T>(simd);
                add::<S, T, TAPS>(simd, &mut local, x, image.row(), dy, winners, kernel, inputs);
                at += outputs;
            }
        }
        sums.taps[..TAPS].copy_from_slice(&local);
    }
}

impl<T: Scalar> Given<'_, T> {
    /// The gradient of a vector of what was pooled, before relu if there is one, and the winners.
    #[inline(always)]
    fn pixel<S: Simd, const FULL: bool>(
        &self,
        simd: S,
        mut at: Range<usize>,
    ) -> (T::Vector<S>, Winners) {
        if FULL {
            at.end = at.start + lanes::<S, T>();
        }
        let dy = load(simd, &self.dy[at.clone()]);
        let winners = Winners::read(&self.index[at.clone()]);
        (before_relu(simd, dy, self.kept.map(|kept| &kept[at])), winners)
    }
}

/// `dy` where the output of relu is positive.
#[inline(always)]
fn before_relu<S: Simd, T: Scalar>(simd: S, dy: T::Vector<S>, kept: Option<&[T]>) -> T::Vector<S> {
    match kept {
        Some(kept) => load::<S, T>(simd, kept).simd_gt(T::ZERO).select(dy, splat(simd, T::ZERO)),
        None => dy,
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
