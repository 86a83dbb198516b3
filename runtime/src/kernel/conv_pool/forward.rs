//! `y = max_pool(conv(x, w)) + bias`, and the winners.

use fearless_simd::{Select, SimdBase, SimdFloat, SimdMask};

use super::{
    ConvPool,
    image::LARGEST,
    winners::{Mask, Winners},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::{Panel, Tile, load_row, pack, panel, steps_of, store_row, zeros},
    },
    simd::{Scalar, Simd},
};

#[inline(always)]
pub(super) fn run<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    sizes: &ConvPool,
) {
    let mut room = [T::ZERO; LARGEST];
    let mut vectors: Panel<T::Vector<S>> = panel::<S, T>(simd);
    let panel = steps_of::<_, 2>(&mut vectors, sizes.taps());
    let outputs = sizes.channels[1];
    for first in (0..outputs).step_by(2 * lanes::<S, T>()) {
        let count = (outputs - first).min(2 * lanes::<S, T>());
        pack(simd, panel, &w[first..], outputs);
        let bias = bias.map_or(zeros::<S, T, 1, 2>(simd)[0], |bias| {
            load_row(simd, &bias[first..first + count])
        });
        let channels = Channels { first, count, bias };
        // Sizes that are constants here make straight code of the loops over the taps.
        match (sizes.kernel, sizes.channels[0]) {
            ([3, 3], 1) => {
                samples(simd, y, index, x, &mut room, panel, &channels, sizes, [3, 3], 1)
            }
            ([5, 5], 1) => {
                samples(simd, y, index, x, &mut room, panel, &channels, sizes, [5, 5], 1)
            }
            ([3, 9], 3) => {
                samples(simd, y, index, x, &mut room, panel, &channels, sizes, [3, 9], 3)
            }
            (kernel, inputs) => {
                samples(simd, y, index, x, &mut room, panel, &channels, sizes, kernel, inputs);
            }
        }
    }
}

/// Two vectors of output channels and their bias.
struct Channels<V> {
    first: usize,
    count: usize,
    bias: [V; 2],
}

/// All windows of all samples.
#[inline(always)]
fn samples<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    index: &mut [u8],
    x: &[T],
    room: &mut [T; LARGEST],
    panel: &[[T::Vector<S>; 2]],
    channels: &Channels<T::Vector<S>>,
    sizes: &ConvPool,
    kernel: [usize; 2],
    inputs: usize,
) {
    let row = sizes.image.row();
    let [_, width] = sizes.output;
    for (sample, y) in y.chunks_mut(sizes.len()).enumerate() {
        let x = &x[sample * sizes.image.len()..][..sizes.image.len()];
        let x = sizes.image.pad(x, room);
        for (window, y) in y.chunks_mut(sizes.channels[1]).enumerate() {
            let corner = window / width * 2 * row + window % width * 2 * inputs;
            let tile = tile(simd, &x[corner..], row, panel, kernel, inputs);
            let (mut values, winners) = largest::<S, T>(simd, tile);
            for (value, bias) in values.iter_mut().zip(channels.bias) {
                *value += bias;
            }
            let range = channels.first..channels.first + channels.count;
            store_row(simd, values, &mut y[range.clone()]);
            let at = sample * sizes.len() + window * sizes.channels[1];
            if let Some(index) = index.get_mut(at + range.start..at + range.end) {
                for (winners, index) in winners.into_iter().zip(index.chunks_mut(lanes::<S, T>())) {
                    winners.store(simd, index);
                }
            }
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

/// Two vectors of pooled values, and their winners.
type Pooled<S, T> = ([<T as Scalar>::Vector<S>; 2], [Winners<Mask<S, T>>; 2]);

/// The largest of four, the first of equals; a NaN wins.
#[inline(always)]
fn largest<S: Simd, T: Scalar>(simd: S, tile: Tile<T::Vector<S>, 4, 2>) -> Pooled<S, T> {
    let none = Mask::<S, T>::splat(simd, false);
    let mut best = tile[0];
    let mut winners = [Winners { low: none, high: none }; 2];
    for c in 0..2 {
        for (pixel, values) in tile.iter().enumerate().skip(1) {
            let takes = !values[c].simd_le(best[c]) & best[c].simd_eq(best[c]);
            best[c] = takes.select(values[c], best[c]);
            let Winners { low, high } = &mut winners[c];
            *low = if pixel % 2 == 1 { *low | takes } else { *low & !takes };
            *high = if pixel >= 2 { *high | takes } else { *high & !takes };
        }
    }
    (best, winners)
}
