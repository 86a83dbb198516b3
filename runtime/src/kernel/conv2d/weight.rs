//! The gradient of a convolution with respect to its weight.
//!
//! A tile is some rows of one kernel row's weights `[kw · ci, co]` by some vectors of output channels.
//! Its depth are output pixels: a span of them is packed as a panel, and every pixel lends the run of
//! the image that it sees, which the tiles of all taps of a kernel row read.

use fearless_simd::SimdFloat;

use super::{axis::Axis, source, target};
use crate::{
    kernel::{
        Conv2d,
        lanes::{lanes, splat},
        tile::{Tile, load_row, store_row, with_columns, with_tile_rows, zeros},
    },
    simd::{Scalar, Simd},
};

/// Output pixels of a span.
const SPAN: usize = 64;

/// Scalars of a run that are treated together.
const RUN: usize = 96;

/// The gradients of a span of output pixels, `C` vectors of channels each.
type Panel<V, const C: usize> = [[V; C]; SPAN];

/// What stands for runs that lie partly outside the image.
type Borders<T> = [[T; RUN]; SPAN];

/// `dw`, over the samples of `x` and `dy`.
#[inline(always)]
pub(super) fn gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    conv: &Conv2d,
) {
    dw.fill(T::ZERO);
    let mut borders = [[T::ZERO; RUN]; SPAN];
    let pixels = dy.len() / conv.output_channels;
    for start in (0..pixels).step_by(SPAN) {
        let span = Span { conv, x, start, len: SPAN.min(pixels - start) };
        let outputs = conv.output_channels / conv.groups;
        for group in 0..conv.groups {
            let mut within = 0;
            while within < outputs {
                with_columns!(S, T, (outputs - within), C => {
                    let first = group * outputs + within;
                    let columns = first..first + (outputs - within).min(C * lanes::<S, T>());
                    span.columns::<S, C>(simd, dw, dy, group, columns, &mut borders);
                    within += C * lanes::<S, T>();
                });
            }
        }
    }
}

/// Some output pixels in a row, of any samples.
struct Span<'a, T> {
    conv: &'a Conv2d,
    x: &'a [T],
    start: usize,
    len: usize,
}

impl<T: Scalar> Span<'_, T> {
    /// Adds the span's share of some output channels.
    #[inline(always)]
    fn columns<S: Simd, const C: usize>(
        &self,
        simd: S,
        dw: &mut [T],
        dy: &[T],
        group: usize,
        columns: core::ops::Range<usize>,
        borders: &mut Borders<T>,
    ) {
        let mut panel = [[splat::<S, T>(simd, T::ZERO); C]; SPAN];
        let pixels = dy[self.start * self.conv.output_channels..].chunks(self.conv.output_channels);
        for (row, pixel) in panel[..self.len].iter_mut().zip(pixels) {
            *row = load_row(simd, &pixel[columns.clone()]);
        }
        for run in Runs::of(self.conv, group) {
            let runs = self.runs(&run, borders);
            let weights = &mut dw[run.weight * self.conv.output_channels..];
            let into = Weights { values: weights, stride: self.conv.output_channels };
            self.rows(simd, into, &columns, &panel, &runs, run.len);
        }
    }

    /// The scalars of a run for every pixel of the span.
    #[inline(always)]
    fn runs<'x>(&'x self, run: &Run, borders: &'x mut Borders<T>) -> [&'x [T]; SPAN] {
        let from = source(self.conv);
        let [oh, ow] = target(self.conv).size;
        let [vertical, horizontal] = [0, 1].map(|axis| Axis::forward(&self.conv.window, axis));
        let mut runs: [&[T]; SPAN] = [&[]; SPAN];
        let (mut sample, at) = (self.start / (oh * ow), self.start % (oh * ow));
        let (mut i, mut j) = (at / ow, at % ow);
        for (slice, border) in runs[..self.len].iter_mut().zip(borders) {
            let top = (i * vertical.stride) as isize + vertical.offset + run.row as isize;
            let left = (j * horizontal.stride) as isize + horizontal.offset;
            let start = left * from.channels as isize + run.start as isize;
            let image = &self.x[sample * from.len()..][..from.len()];
            *slice = if (top as usize) < from.size[0] {
                let row = &image[top as usize * from.row()..][..from.row()];
                bounded(row, start, &mut border[..run.len])
            } else {
                border[..run.len].fill(T::ZERO);
                &border[..run.len]
            };
            j += 1;
            if j == ow {
                (i, j) = (i + 1, 0);
            }
            if i == oh {
                (i, sample) = (0, sample + 1);
            }
        }
        runs
    }

    #[inline(always)]
    fn rows<S: Simd, const C: usize>(
        &self,
        simd: S,
        mut into: Weights<'_, T>,
        columns: &core::ops::Range<usize>,
        panel: &Panel<T::Vector<S>, C>,
        runs: &[&[T]; SPAN],
        len: usize,
    ) {
        let mut row = 0;
        while row < len {
            with_tile_rows!(S, T, C, len - row, R => {
                let mut tile = zeros::<S, T, R, C>(simd);
                for r in 0..R {
                    tile[r] = load_row(simd, into.row(row + r, columns));
                }
                tile = multiply::<S, T, R, C>(simd, tile, &runs[..self.len], row, panel);
                for r in 0..R {
                    store_row(simd, tile[r], into.row(row + r, columns));
                }
                row += R;
            });
        }
    }
}

/// `tile[r][c] += runs[i][row + r] · panel[i][c]`, summed over the span.
#[inline(always)]
fn multiply<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    mut tile: Tile<T::Vector<S>, R, C>,
    runs: &[&[T]],
    row: usize,
    panel: &Panel<T::Vector<S>, C>,
) -> Tile<T::Vector<S>, R, C> {
    for (run, vectors) in runs.iter().zip(panel) {
        let factors = &run[row..row + R];
        for r in 0..R {
            let factor = splat::<S, T>(simd, factors[r]);
            for c in 0..C {
                tile[r][c] = factor.mul_add(vectors[c], tile[r][c]);
            }
        }
    }
    tile
}

/// The run from `start` of a row of the image, with zeros where it lies outside.
#[inline(always)]
fn bounded<'r, T: Scalar>(row: &'r [T], start: isize, border: &'r mut [T]) -> &'r [T] {
    let end = start + border.len() as isize;
    if start >= 0 && end as usize <= row.len() {
        return &row[start as usize..end as usize];
    }
    border.fill(T::ZERO);
    let end = end.clamp(0, row.len() as isize);
    let from = start.clamp(0, end);
    let skip = (from - start) as usize;
    if from < end {
        let (from, end) = (from as usize, end as usize);
        border[skip..skip + end - from].copy_from_slice(&row[from..end]);
    }
    border
}

/// Rows of the weight `[kh · kw · ci / groups, co]`.
struct Weights<'a, T> {
    values: &'a mut [T],
    stride: usize,
}

impl<T> Weights<'_, T> {
    #[inline(always)]
    fn row(&mut self, row: usize, columns: &core::ops::Range<usize>) -> &mut [T] {
        &mut self.values[row * self.stride..][columns.clone()]
    }
}

/// Scalars side by side in the image that belong to weights side by side.
#[derive(Clone, Copy)]
struct Run {
    /// The row and the scalar in it, from where an output pixel begins to read.
    row: usize,
    start: usize,
    len: usize,
    /// The first row of the weight.
    weight: usize,
}

/// The runs of a group, none longer than [`RUN`].
struct Runs<'a> {
    conv: &'a Conv2d,
    group: usize,
    /// The next row of the weight.
    weight: usize,
}

impl<'a> Runs<'a> {
    fn of(conv: &'a Conv2d, group: usize) -> Self {
        Self { conv, group, weight: 0 }
    }
}

impl Iterator for Runs<'_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let [kh, kw] = self.conv.window.kernel;
        let [dh, dw] = self.conv.window.dilation;
        let channels = self.conv.input_channels / self.conv.groups;
        let joined = if self.conv.groups == 1 && dw == 1 { kw * channels } else { channels };
        let (tap, channel) = (self.weight / channels, self.weight % channels);
        (tap < kh * kw).then(|| {
            let run = Run {
                row: tap / kw * dh,
                start: tap % kw * dw * self.conv.input_channels + self.group * channels + channel,
                len: (joined - self.weight % joined).min(RUN),
                weight: self.weight,
            };
            self.weight += run.len;
            run
        })
    }
}
