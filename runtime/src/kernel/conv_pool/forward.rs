//! `y = max(max_pool(conv(x, w)) + bias, floor)`, and the winners.

use core::ops::Range;

use fearless_simd::{Select, SimdBase, SimdFloat, SimdMask};

use super::{After, ConvPool, image::LARGEST, weight::MOST_TAPS, winners::Winners};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        math::at_least,
        tile::{Tile, load_row, pack, store_row, zeros},
    },
    simd::{Scalar, Simd},
};

#[inline(always)]
pub(super) fn run<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    after: After<'_, T>,
    w: &[T],
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let mut panel = zeros::<S, T, MOST_TAPS, 2>(simd);
    let outputs = sizes.channels[1];
    for first in (0..outputs).step_by(2 * lanes::<S, T>()) {
        let count = (outputs - first).min(2 * lanes::<S, T>());
        pack(simd, &mut panel[..sizes.taps()], &w[first..], outputs);
        let bias = after.bias.map_or(zeros::<S, T, 1, 2>(simd)[0], |bias| {
            load_row(simd, &bias[first..first + count])
        });
        let channels = Channels {
            range: first..first + count,
            panel: &panel,
            bias,
            floor: splat(simd, after.floor),
        };
        let mut images = Images { y: &mut *y, index: &mut *index, x, room: &mut room };
        let full = count == 2 * lanes::<S, T>();
        with_kernel!(sizes, full, TAPS, kernel, inputs => {
            samples::<S, T, TAPS, true>(simd, &mut images, &channels, sizes, kernel, inputs);
        }, else {
            let (kernel, inputs) = (sizes.kernel, sizes.channels[0]);
            samples::<S, T, MOST_TAPS, false>(simd, &mut images, &channels, sizes, kernel, inputs);
        });
    }
}

/// What all channels read and write.
struct Images<'a, T> {
    y: &'a mut [T],
    index: &'a mut [u8],
    x: &'a [T],
    room: &'a mut [T; LARGEST],
}

/// Two vectors of output channels, their bias, and what their values are at least.
struct Channels<'a, V> {
    range: Range<usize>,
    panel: &'a [[V; 2]; MOST_TAPS],
    bias: [V; 2],
    floor: V,
}

/// All windows of all samples. Nothing is called where the channels are `FULL` vectors, so that weights
/// can stay in registers.
#[inline(always)]
fn samples<S: Simd, T: Scalar, const TAPS: usize, const FULL: bool>(
    simd: S,
    images: &mut Images<'_, T>,
    channels: &Channels<'_, T::Vector<S>>,
    sizes: &ConvPool,
    kernel: [usize; 2],
    inputs: usize,
) {
    let (image, outputs) = (&sizes.image, sizes.channels[1]);
    let width = sizes.output[1] * outputs;
    for (sample, y) in images.y.chunks_mut(sizes.len()).enumerate() {
        let x = image.pad(&images.x[sample * image.len()..][..image.len()], images.room);
        let mut at = sample * sizes.len();
        for (i, y) in y.chunks_mut(width).enumerate() {
            for (j, y) in y.chunks_mut(outputs).enumerate() {
                let x = &x[i * 2 * image.row() + j * 2 * inputs..];
                let tile = tile(simd, x, image.row(), &channels.panel[..TAPS], kernel, inputs);
                let (values, winners) = largest::<S, T, 2>(&tile);
                let y = &mut y[channels.range.clone()];
                store_values::<S, T, FULL>(simd, values, channels.bias, channels.floor, y);
                let index =
                    images.index.get_mut(at + channels.range.start..at + channels.range.end);
                if let Some(index) = index {
                    store_winners::<S, T, FULL>(winners, index);
                }
                at += outputs;
            }
        }
    }
}

#[inline(always)]
fn store_values<S: Simd, T: Scalar, const FULL: bool>(
    simd: S,
    mut values: [T::Vector<S>; 2],
    bias: [T::Vector<S>; 2],
    floor: T::Vector<S>,
    y: &mut [T],
) {
    for c in 0..2 {
        values[c] = at_least::<S, T>(values[c] + bias[c], floor);
    }
    let y = if FULL { &mut y[..2 * lanes::<S, T>()] } else { y };
    store_row(simd, values, y);
}

#[inline(always)]
fn store_winners<S: Simd, T: Scalar, const FULL: bool>(winners: [Winners; 2], index: &mut [u8]) {
    if FULL {
        let (first, second) = index.split_at_mut(lanes::<S, T>());
        winners[0].write(&mut first[..lanes::<S, T>()]);
        winners[1].write(&mut second[..lanes::<S, T>()]);
    } else {
        for (winners, index) in winners.into_iter().zip(index.chunks_mut(lanes::<S, T>())) {
            winners.write(index);
        }
    }
}

/// The four pixels of a window, which begins at the start of `x`.
#[inline(always)]
fn tile<S: Simd, T: Scalar>(
    simd: S,
    x: &[T],
    row: usize,
    panel: &[[T::Vector<S>; 2]],
    [height, run]: [usize; 2],
    inputs: usize,
) -> Tile<T::Vector<S>, 4, 2> {
    let mut tile = zeros::<S, T, 4, 2>(simd);
    for p in 0..height {
        let upper = &x[p * row..p * row + run + inputs];
        let lower = &x[(p + 1) * row..(p + 1) * row + run + inputs];
        let weights = &panel[p * run..(p + 1) * run];
        for i in 0..run {
            let factors = [upper[i], upper[i + inputs], lower[i], lower[i + inputs]];
            for r in 0..4 {
                let factor = splat::<S, T>(simd, factors[r]);
                for c in 0..2 {
                    tile[r][c] = factor.mul_add(weights[i][c], tile[r][c]);
                }
            }
        }
    }
    tile
}

/// Pooled values, and the winners.
type Pooled<S, T, const C: usize> = ([<T as Scalar>::Vector<S>; C], [Winners; C]);

/// The largest of four, and which it was: the first of equals, and the first that is not a number.
#[inline(always)]
pub(super) fn largest<S: Simd, T: Scalar, const C: usize>(
    tile: &Tile<T::Vector<S>, 4, C>,
) -> Pooled<S, T, C> {
    if are_numbers::<S, T, C>(tile) {
        largest_by::<S, T, C, true>(tile)
    } else {
        largest_by::<S, T, C, false>(tile)
    }
}

/// Whether the sum is a number, and so all of the tile.
#[inline(always)]
fn are_numbers<S: Simd, T: Scalar, const C: usize>(tile: &Tile<T::Vector<S>, 4, C>) -> bool {
    let [a, b, c, d] = tile;
    let mut sum = a[0];
    for i in 0..C {
        sum += (a[i] + b[i]) + (c[i] + d[i]);
    }
    sum.simd_eq(sum).all_true()
}

#[inline(always)]
fn largest_by<S: Simd, T: Scalar, const C: usize, const NUMBERS: bool>(
    tile: &Tile<T::Vector<S>, 4, C>,
) -> Pooled<S, T, C> {
    let mut best = tile[0];
    let mut winners = [Winners::default(); C];
    for c in 0..C {
        let (upper, right_of_upper) = larger::<S, T, NUMBERS>(tile[0][c], tile[1][c]);
        let (lower, right_of_lower) = larger::<S, T, NUMBERS>(tile[2][c], tile[3][c]);
        let (value, below) = larger::<S, T, NUMBERS>(upper, lower);
        best[c] = value;
        winners[c] = Winners::new(right_of_upper, right_of_lower, below);
    }
    (best, winners)
}

/// The larger of two, and a bit for each lane where it is the second alone.
#[inline(always)]
fn larger<S: Simd, T: Scalar, const NUMBERS: bool>(
    first: T::Vector<S>,
    second: T::Vector<S>,
) -> (T::Vector<S>, u64) {
    let takes =
        if NUMBERS { second.simd_gt(first) } else { !second.simd_le(first) & first.simd_eq(first) };
    (takes.select(second, first), takes.to_bitmask())
}
