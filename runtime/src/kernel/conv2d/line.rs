//! Images of height 1, of few channels: one vector of output channels for several pixels side by side.
//!
//! The image is not framed by zeros: pixels that meet the same taps are treated together.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use core::ops::Range;

use fearless_simd::{SimdBase, SimdFloat};

use crate::{
    kernel::{
        Conv2d, Window,
        lanes::{lanes, load, splat, store},
    },
    simd::{Scalar, Simd},
};

/// Whether the channels fill one vector, or are one that sees runs of the image.
#[inline(always)]
pub(super) fn fits<S: Simd, T: Scalar>(_: S, conv: &Conv2d) -> bool {
    let Window { input, kernel, stride, padding, dilation, .. } = conv.window;
    let is_line = input[0] == 1 && kernel[0] == 1 && padding[0] == 0;
    let channels = match conv.output_channels {
        1 => dilation[1] == 1,
        channels => channels == lanes::<S, T>(),
    };
    is_line && stride[1] == 1 && conv.groups == 1 && channels
}

#[inline(always)]
pub(super) fn forward<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    conv: &Conv2d,
) {
    let bias = bias.map_or(splat(simd, T::ZERO), |bias| load::<S, T>(simd, bias));
    let samples = x.chunks_exact(conv.input_len());
    for (y, x) in y.chunks_exact_mut(conv.output_len()).zip(samples) {
        let line = Line { x, w, conv };
        if conv.output_channels == 1 {
            line.products(simd, y, bias.as_slice()[0]);
        } else {
            line.pixels(simd, y, bias);
        }
    }
}

/// One sample.
struct Line<'a, T> {
    x: &'a [T],
    w: &'a [T],
    conv: &'a Conv2d,
}

impl<T: Scalar> Line<'_, T> {
    /// Pixels whose channels fill a vector.
    #[inline(always)]
    fn pixels<S: Simd>(&self, simd: S, y: &mut [T], bias: T::Vector<S>) {
        let (width, mut at) = (self.conv.window.output[1], 0);
        while at < width {
            let taps = self.taps(at);
            let end = self.end(&taps).min(width);
            while at < end {
                let taps = taps.clone();
                at += match end - at {
                    8.. => self.tile::<S, 8>(simd, y, bias, at, taps),
                    4.. => self.tile::<S, 4>(simd, y, bias, at, taps),
                    2.. => self.tile::<S, 2>(simd, y, bias, at, taps),
                    _ => self.tile::<S, 1>(simd, y, bias, at, taps),
                };
            }
        }
    }

    /// The taps of the pixel `at` that see the image: `0 ≤ at + tap · dilation - padding < len`.
    #[inline(always)]
    fn taps(&self, at: usize) -> Range<usize> {
        let Window { input, kernel, padding, dilation, .. } = self.conv.window;
        let taps = |pixels: usize| match dilation[1] {
            1 => pixels,
            dilation => pixels.div_ceil(dilation),
        };
        let end = taps((input[1] + padding[1]).saturating_sub(at));
        taps(padding[1].saturating_sub(at))..end.min(kernel[1])
    }

    /// The first pixel beyond those of these taps: there one more begins to see the image, or the last ends.
    #[inline(always)]
    fn end(&self, taps: &Range<usize>) -> usize {
        let Window { input, padding, dilation, .. } = self.conv.window;
        let begins = match taps.start {
            0 => usize::MAX,
            first => padding[1] - (first - 1) * dilation[1],
        };
        let ends = match taps.end {
            0 => usize::MAX,
            end => input[1] + padding[1] - (end - 1) * dilation[1],
        };
        begins.min(ends)
    }

    /// What the tap sees from the pixel `at` on.
    #[inline(always)]
    fn seen(&self, at: usize, tap: usize) -> &[T] {
        let Window { padding, dilation, .. } = self.conv.window;
        &self.x[(at + tap * dilation[1] - padding[1]) * self.conv.input_channels..]
    }

    /// `R` pixels; yields `R`.
    #[inline(always)]
    fn tile<S: Simd, const R: usize>(
        &self,
        simd: S,
        y: &mut [T],
        bias: T::Vector<S>,
        at: usize,
        taps: Range<usize>,
    ) -> usize {
        let (k, n) = (self.conv.input_channels, self.conv.output_channels);
        let mut sums = [bias; R];
        for tap in taps {
            let (seen, weights) = (self.seen(at, tap), &self.w[tap * k * n..][..k * n]);
            sums = match k {
                8 => eight_channels(simd, sums, seen, weights),
                _ => channels(simd, sums, seen, weights, k),
            };
        }
        for (sum, y) in sums.into_iter().zip(y[at * n..].chunks_exact_mut(n)) {
            store(simd, sum, y);
        }
        R
    }

    /// Pixels of one channel, whose taps lie side by side.
    #[inline(always)]
    fn products<S: Simd>(&self, simd: S, y: &mut [T], bias: T) {
        let (k, len) = (self.conv.input_channels, lanes::<S, T>());
        for (at, y) in y.iter_mut().enumerate() {
            let mut sum = splat::<S, T>(simd, T::ZERO);
            let taps = self.taps(at);
            if !taps.is_empty() {
                let weights = &self.w[taps.start * k..taps.end * k];
                let seen = &self.seen(at, taps.start)[..weights.len()];
                for (x, w) in seen.chunks(len).zip(weights.chunks(len)) {
                    let w: T::Vector<S> = load(simd, w);
                    sum = load::<S, T>(simd, x).mul_add(w, sum);
                }
            }
            *y = sum.reduce_sum() + bias;
        }
    }
}

/// `sums[r] += seen[r] · weights`, of so many channels each.
#[inline(always)]
fn channels<S: Simd, T: Scalar, const R: usize>(
    simd: S,
    mut sums: [T::Vector<S>; R],
    seen: &[T],
    weights: &[T],
    k: usize,
) -> [T::Vector<S>; R] {
    let mut rows = [seen; R];
    for r in 0..R {
        rows[r] = &seen[r * k..][..k];
    }
    for (c, weight) in weights.chunks_exact(lanes::<S, T>()).enumerate() {
        let weight: T::Vector<S> = load(simd, weight);
        for r in 0..R {
            sums[r] = weight.mul_add(splat::<S, T>(simd, rows[r][c]), sums[r]);
        }
    }
    sums
}

/// The same of eight channels: no address is left to be computed.
#[inline(always)]
fn eight_channels<S: Simd, T: Scalar, const R: usize>(
    simd: S,
    mut sums: [T::Vector<S>; R],
    seen: &[T],
    weights: &[T],
) -> [T::Vector<S>; R] {
    let (rows, len) = (&seen.as_chunks::<8>().0[..R], lanes::<S, T>());
    let weights = &weights[..8 * len];
    for c in 0..8 {
        let weight = T::Vector::<S>::from_slice(simd, &weights[c * len..(c + 1) * len]);
        for r in 0..R {
            sums[r] = weight.mul_add(splat::<S, T>(simd, rows[r][c]), sums[r]);
        }
    }
    sums
}
