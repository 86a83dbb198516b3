//! One input channel and few output channels: a vector holds the windows of a row instead of the
//! channels of a pixel.
//!
//! The columns of the image are sorted into even and odd ones, so that what a tap sees in windows side
//! by side lies side by side.

mod weight;

use core::slice::ChunksExactMut;

use fearless_simd::{Select, SimdBase, SimdFloat, SimdMask};

pub(super) use weight::gradient;

use super::{
    After, ConvPool,
    forward::largest,
    image::LARGEST,
    winners::{Mask, Winners},
};
use crate::{
    kernel::{
        lanes::{lanes, load, many_registers, splat},
        math::at_least,
        tile::{Tile, zeros},
    },
    simd::{Scalar, Simd},
};

/// The most output channels that are treated so.
const MOST_CHANNELS: usize = 8;

/// The most lanes of a vector.
const MOST_LANES: usize = 16;

/// Where the scalars of an image lie: `[row][parity of the column][column / 2]`.
#[derive(Clone, Copy)]
struct Planes {
    rows: usize,
    above: usize,
    left: usize,
    /// From one plane to the next: room for whole vectors from the last tap's place on.
    pitch: usize,
}

impl Planes {
    fn new(sizes: &ConvPool, lanes: usize) -> Self {
        let [height, width] = sizes.output;
        let [above, left] = sizes.image.before;
        let seen = width.next_multiple_of(lanes) + sizes.kernel[1] / 2 + 1;
        let filled = left / 2 + 1 + sizes.image.bare[1].div_ceil(2 * lanes) * lanes;
        Self { rows: 2 * height + sizes.kernel[0] - 1, above, left, pitch: seen.max(filled) }
    }

    fn len(&self) -> usize {
        self.rows * 2 * self.pitch
    }

    /// Sorts a sample; what is not in the image stays zero.
    #[inline(always)]
    fn fill<S: Simd, T: Scalar>(&self, simd: S, x: &[T], width: usize, room: &mut [T]) {
        let len = lanes::<S, T>();
        let rows = room.chunks_exact_mut(2 * self.pitch).skip(self.above);
        for (row, at) in rows.take(self.rows - self.above).zip((0..x.len()).step_by(width)) {
            for first in (0..width).step_by(2 * len) {
                let low = some(simd, x, at + first, width - first);
                let high = some(simd, x, at + first + len, width.saturating_sub(first + len));
                let (even, odd) = low.deinterleave(high);
                let first = first / 2 + self.left / 2;
                let [even_at, odd_at] = match self.left % 2 {
                    0 => [first, self.pitch + first],
                    _ => [self.pitch + first, first + 1],
                };
                even.store_slice(&mut row[even_at..even_at + len]);
                odd.store_slice(&mut row[odd_at..odd_at + len]);
            }
        }
    }
}

/// The first `count` values from `at` on, or a vector of them; other lanes are zero.
#[inline(always)]
fn some<S: Simd, T: Scalar>(simd: S, x: &[T], at: usize, count: usize) -> T::Vector<S> {
    match x.get(at..at + lanes::<S, T>()) {
        Some(full) if count >= lanes::<S, T>() => T::Vector::<S>::from_slice(simd, full),
        Some(full) => {
            let mask = Mask::<S, T>::from_bitmask(simd, (1 << count) - 1);
            mask.select(T::Vector::<S>::from_slice(simd, full), splat(simd, T::ZERO))
        }
        None => load(simd, &x[at.min(x.len())..x.len().min(at + count)]),
    }
}

/// Whether vectors of windows waste fewer lanes than vectors of channels, and there is room for them.
#[inline(always)]
pub(super) fn fits<S: Simd, T: Scalar>(_: S, sizes: &ConvPool) -> bool {
    let lanes = lanes::<S, T>();
    let ([inputs, outputs], width) = (sizes.channels, sizes.output[1]);
    inputs == 1
        && outputs <= MOST_CHANNELS
        && width.next_multiple_of(lanes) * outputs < outputs.next_multiple_of(2 * lanes) * width
        && width * 4 >= lanes
        && Planes::new(sizes, lanes).len() <= LARGEST
        && outputs * sizes.output[0] * width.next_multiple_of(lanes) <= LARGEST
}

/// The rows of the image that a row of windows sees.
#[derive(Clone, Copy)]
struct Seen<'a, T> {
    rows: &'a [T],
    pitch: usize,
    first: usize,
    len: usize,
}

impl<'a, T: Scalar> Seen<'a, T> {
    /// What the windows from `first` on of the pooled row `row` see.
    #[inline(always)]
    fn new<S: Simd>(
        _: S,
        room: &'a [T],
        planes: &Planes,
        row: usize,
        first: usize,
        taps: usize,
    ) -> Self {
        let rows = &room[2 * row * 2 * planes.pitch..];
        Self { rows, pitch: planes.pitch, first, len: lanes::<S, T>() + taps / 2 + 1 }
    }

    /// The even and the odd columns of one row.
    #[inline(always)]
    fn columns(&self, row: usize) -> [&'a [T]; 2] {
        let at = 2 * row * self.pitch + self.first;
        [&self.rows[at..at + self.len], &self.rows[at + self.pitch..at + self.pitch + self.len]]
    }
}

/// A vector of every other column.
#[inline(always)]
fn vector<S: Simd, T: Scalar>(simd: S, columns: &[T], first: usize) -> T::Vector<S> {
    T::Vector::<S>::from_slice(simd, &columns[first..first + lanes::<S, T>()])
}

/// `y = max(max_pool(conv(x, w)) + bias, floor)`, and the winners if there is an index for them.
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
    let (mut little, mut whole);
    let planes = Planes::new(sizes, lanes::<S, T>());
    let room: &mut [T] = if planes.len() <= LITTLE {
        little = [T::ZERO; LITTLE];
        &mut little
    } else {
        whole = [T::ZERO; LARGEST];
        &mut whole
    };
    let samples = y.chunks_mut(sizes.len()).zip(x.chunks(sizes.image.len()));
    for (sample, (y, x)) in samples.enumerate() {
        planes.fill(simd, x, sizes.image.bare[1], room);
        let given = Sample { room, planes, w, after, sizes };
        match index.get_mut(sample * sizes.len()..(sample + 1) * sizes.len()) {
            Some(index) if !index.is_empty() => given.rows::<S, true>(simd, y, index),
            _ => given.rows::<S, false>(simd, y, &mut []),
        }
    }
}

/// Scalars of a small image.
const LITTLE: usize = 1280;

/// A sample, sorted.
struct Sample<'a, T> {
    room: &'a [T],
    planes: Planes,
    w: &'a [T],
    after: After<'a, T>,
    sizes: &'a ConvPool,
}

impl<T: Scalar> Sample<'_, T> {
    /// All windows, and the winners if they are kept.
    #[inline(always)]
    fn rows<S: Simd, const KEEPS: bool>(&self, simd: S, y: &mut [T], index: &mut [u8]) {
        let (width, outputs) = (self.sizes.output[1], self.sizes.channels[1]);
        let row = width * outputs;
        for (i, y) in y.chunks_mut(row).enumerate() {
            let index = if KEEPS { &mut index[i * row..(i + 1) * row] } else { &mut [] };
            let mut winners = index.chunks_exact_mut(Winners::bytes(lanes::<S, T>()));
            for first in (0..width).step_by(lanes::<S, T>()) {
                let seen = Seen::new(simd, self.room, &self.planes, i, first, self.sizes.kernel[1]);
                self.channels::<S, KEEPS>(simd, &seen, &mut y[first * outputs..], &mut winners);
            }
        }
    }

    /// All channels of a vector of windows.
    #[inline(always)]
    fn channels<S: Simd, const KEEPS: bool>(
        &self,
        simd: S,
        seen: &Seen<'_, T>,
        y: &mut [T],
        winners: &mut ChunksExactMut<'_, u8>,
    ) {
        let (outputs, mut channel) = (self.sizes.channels[1], 0);
        while channel < outputs {
            channel += match outputs - channel {
                6.. if const { many_registers::<S, T>() } => {
                    self.block::<S, 6, KEEPS>(simd, seen, y, channel, winners)
                }
                3.. => self.block::<S, 3, KEEPS>(simd, seen, y, channel, winners),
                _ => self.block::<S, 1, KEEPS>(simd, seen, y, channel, winners),
            };
        }
    }

    /// `C` channels; yields `C`.
    #[inline(always)]
    fn block<S: Simd, const C: usize, const KEEPS: bool>(
        &self,
        simd: S,
        seen: &Seen<'_, T>,
        y: &mut [T],
        channel: usize,
        winners: &mut ChunksExactMut<'_, u8>,
    ) -> usize {
        let tile = windows::<S, T, C>(simd, seen, &self.w[channel..], self.sizes);
        let (best, won) = largest::<S, T, C>(&tile);
        if KEEPS {
            for (won, bytes) in won.into_iter().zip(winners) {
                won.write_all::<S, T>(bytes);
            }
        }
        scatter::<S, T, C>(
            simd,
            &mut y[channel..],
            best,
            self.sizes.channels[1],
            self.after,
            channel,
        );
        C
    }
}

/// The four pixels of every window of a vector, in `C` channels.
#[inline(always)]
fn windows<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    seen: &Seen<'_, T>,
    w: &[T],
    sizes: &ConvPool,
) -> Tile<T::Vector<S>, 4, C> {
    let ([height, taps], outputs) = (sizes.kernel, sizes.channels[1]);
    let mut tile = zeros::<S, T, 4, C>(simd);
    let mut weights = w.chunks(outputs);
    for p in 0..height {
        let ([even, odd], [even_below, odd_below]) = (seen.columns(p), seen.columns(p + 1));
        let mut left = [vector(simd, even, 0), vector(simd, even_below, 0)];
        for q in 0..taps / 2 {
            let right = [vector(simd, odd, q), vector(simd, odd_below, q)];
            tile = tap(simd, tile, left, right, weights.next());
            left = [vector(simd, even, q + 1), vector(simd, even_below, q + 1)];
            tile = tap(simd, tile, right, left, weights.next());
        }
        if taps % 2 == 1 {
            let right = [vector(simd, odd, taps / 2), vector(simd, odd_below, taps / 2)];
            tile = tap(simd, tile, left, right, weights.next());
        }
    }
    tile
}

/// What one tap adds: `left` and `right` are what it sees in both rows of the windows.
#[inline(always)]
fn tap<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    mut tile: Tile<T::Vector<S>, 4, C>,
    left: [T::Vector<S>; 2],
    right: [T::Vector<S>; 2],
    weights: Option<&[T]>,
) -> Tile<T::Vector<S>, 4, C> {
    let weights = &weights.unwrap_or_default()[..C];
    for c in 0..C {
        let weight = splat::<S, T>(simd, weights[c]);
        tile[0][c] = left[0].mul_add(weight, tile[0][c]);
        tile[1][c] = right[0].mul_add(weight, tile[1][c]);
        tile[2][c] = left[1].mul_add(weight, tile[2][c]);
        tile[3][c] = right[1].mul_add(weight, tile[3][c]);
    }
    tile
}

/// Adds the bias, and writes pixel by pixel what is a vector of windows for each channel.
#[inline(always)]
fn scatter<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    y: &mut [T],
    best: [T::Vector<S>; C],
    outputs: usize,
    after: After<'_, T>,
    channel: usize,
) {
    let mut values = [[T::ZERO; MOST_LANES]; C];
    let floor = splat::<S, T>(simd, after.floor);
    for c in 0..C {
        let bias = splat::<S, T>(simd, after.bias.map_or(T::ZERO, |bias| bias[channel + c]));
        let value = at_least::<S, T>(best[c] + bias, floor);
        value.store_slice(&mut values[c][..lanes::<S, T>()]);
    }
    for (j, y) in y.chunks_mut(outputs).take(lanes::<S, T>()).enumerate() {
        let y = &mut y[..C];
        for c in 0..C {
            y[c] = values[c][j];
        }
    }
}
