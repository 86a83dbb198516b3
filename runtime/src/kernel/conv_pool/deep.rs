//! Many taps: windows side by side by one vector of output channels.
//!
//! For inference: the winners are not kept.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use fearless_simd::SimdFloat;

use super::{After, ConvPool, forward::largest, image::LARGEST};
use crate::{
    kernel::{
        lanes::{lanes, load, many_registers, seldom, splat, store},
        math::at_least,
        tile::{pack, zeros},
    },
    simd::{Scalar, Simd},
};

/// The most taps that there is room for.
const MOST_TAPS: usize = 256;

/// `y = max(max_pool(conv(x, w)) + bias, floor)`.
#[inline(always)]
pub(super) fn run<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    after: After<'_, T>,
    w: &[T],
    sizes: &ConvPool,
) {
    let mut panel = zeros::<S, T, MOST_TAPS, 1>(simd);
    let mut whole;
    let room: &mut [T] = if sizes.image.is_bare() {
        &mut []
    } else {
        whole = [T::ZERO; LARGEST];
        &mut whole
    };
    let (panel, outputs) = (&mut panel[..sizes.taps()], sizes.channels[1]);
    for first in (0..outputs).step_by(lanes::<S, T>()) {
        pack(simd, panel, &w[first..], outputs);
        let channels = [first, outputs.min(first + lanes::<S, T>())];
        for (y, x) in y.chunks_mut(sizes.len()).zip(x.chunks(sizes.image.len())) {
            let x = sizes.image.pad(x, room);
            let sample = Sample { x, sizes, channels, after };
            match sizes.channels[0] {
                6 if const { !seldom::<S, T>() } => sample.rows::<S, 6>(simd, y, panel),
                8 if const { !seldom::<S, T>() } => sample.rows::<S, 8>(simd, y, panel),
                16 if const { !seldom::<S, T>() } => sample.rows::<S, 16>(simd, y, panel),
                _ => sample.rows::<S, 0>(simd, y, panel),
            }
        }
    }
}

/// A sample, of which a vector of output channels is computed.
struct Sample<'a, T> {
    x: &'a [T],
    sizes: &'a ConvPool,
    /// The first channel, and the one behind the last.
    channels: [usize; 2],
    after: After<'a, T>,
}

impl<T: Scalar> Sample<'_, T> {
    /// Rows of windows, of so many input channels: 0 where their number is no constant.
    #[inline(always)]
    fn rows<S: Simd, const INPUTS: usize>(
        &self,
        simd: S,
        y: &mut [T],
        panel: &[[T::Vector<S>; 1]],
    ) {
        let most = if const { many_registers::<S, T>() } { 5 } else { 3 };
        let width = self.sizes.output[1];
        for (row, y) in y.chunks_mut(width * self.sizes.channels[1]).enumerate() {
            let mut column = 0;
            while column < width {
                let left = width - column;
                let at = [row, column];
                column += match left.div_ceil(left.div_ceil(most)) {
                    5 if const { many_registers::<S, T>() } => {
                        self.windows::<S, INPUTS, 5>(simd, y, at, panel)
                    }
                    4 if const { many_registers::<S, T>() } => {
                        self.windows::<S, INPUTS, 4>(simd, y, at, panel)
                    }
                    3 => self.windows::<S, INPUTS, 3>(simd, y, at, panel),
                    2 => self.windows::<S, INPUTS, 2>(simd, y, at, panel),
                    _ => self.windows::<S, INPUTS, 1>(simd, y, at, panel),
                };
            }
        }
    }

    /// `P` windows, to the row `y`; yields `P`.
    #[inline(always)]
    fn windows<S: Simd, const INPUTS: usize, const P: usize>(
        &self,
        simd: S,
        y: &mut [T],
        at: [usize; 2],
        panel: &[[T::Vector<S>; 1]],
    ) -> usize {
        let largest = self.largest::<S, INPUTS, P>(simd, at, panel);
        let ([first, end], zero) = (self.channels, splat(simd, T::ZERO));
        let bias = self.after.bias.map_or(zero, |bias| load::<S, T>(simd, &bias[first..end]));
        let floor = splat::<S, T>(simd, self.after.floor);
        let pixels = y[at[1] * self.sizes.channels[1]..].chunks_mut(self.sizes.channels[1]);
        for (value, y) in largest.into_iter().zip(pixels) {
            store(simd, at_least::<S, T>(value + bias, floor), &mut y[first..end]);
        }
        P
    }

    /// The largest of each window.
    #[inline(always)]
    fn largest<S: Simd, const INPUTS: usize, const P: usize>(
        &self,
        simd: S,
        [row, column]: [usize; 2],
        panel: &[[T::Vector<S>; 1]],
    ) -> [T::Vector<S>; P] {
        let inputs = if INPUTS == 0 { self.sizes.channels[0] } else { INPUTS };
        let ([height, run], pitch) = (self.sizes.kernel, self.sizes.image.row());
        let span = (2 * P - 1) * inputs + 1;
        let mut tile = zeros::<S, T, 4, P>(simd);
        let mut weights = panel.iter();
        for p in 0..height {
            let start = (2 * row + p) * pitch + 2 * column * inputs;
            let upper = self.x[start..start + run + span - 1].windows(span);
            let lower = self.x[start + pitch..start + pitch + run + span - 1].windows(span);
            for ((upper, lower), [weight]) in upper.zip(lower).zip(weights.by_ref()) {
                for c in 0..P {
                    for r in 0..4 {
                        let from = if r < 2 { upper } else { lower };
                        let pixel = splat::<S, T>(simd, from[(2 * c + r % 2) * inputs]);
                        tile[r][c] = pixel.mul_add(*weight, tile[r][c]);
                    }
                }
            }
        }
        largest::<S, T, P>(&tile).0
    }
}
