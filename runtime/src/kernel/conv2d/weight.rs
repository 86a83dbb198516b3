//! The gradient of a convolution with respect to its weight.
//!
//! A tile is some rows of one kernel row's weights `[kw · ci, co]` by some vectors of output channels.
//! Its depth are output pixels: a span of them is packed as a panel, and every pixel lends the run of
//! the image that it sees, which the tiles of all taps of a kernel row read.

use fearless_simd::SimdFloat;

use super::{
    axis::Axis,
    site::{Picture, Place, Site},
    source, target,
};
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
    let axes = [0, 1].map(|axis| Axis::forward(&conv.window, axis));
    let mut place = Place::first(axes, &source(conv), &target(conv), 0);
    for dy in dy.chunks(SPAN * conv.output_channels) {
        let mut sites = [Site::default(); SPAN];
        let sites = &mut sites[..dy.len() / conv.output_channels];
        for site in &mut *sites {
            *site = place.next();
        }
        let span = Span { conv, from: source(conv), x, dy, sites };
        let outputs = conv.output_channels / conv.groups;
        for group in 0..conv.groups {
            let mut within = 0;
            while within < outputs {
                with_columns!(S, T, (outputs - within), C => {
                    let first = group * outputs + within;
                    let columns = first..first + (outputs - within).min(C * lanes::<S, T>());
                    span.columns::<S, C>(simd, dw, group, columns, &mut borders);
                    within += C * lanes::<S, T>();
                });
            }
        }
    }
}

/// Some output pixels in a row, of any samples, and their gradients.
struct Span<'a, T> {
    conv: &'a Conv2d,
    from: Picture,
    x: &'a [T],
    dy: &'a [T],
    sites: &'a [Site],
}

impl<T: Scalar> Span<'_, T> {
    /// Adds the span's share of some output channels.
    #[inline(always)]
    fn columns<S: Simd, const C: usize>(
        &self,
        simd: S,
        dw: &mut [T],
        group: usize,
        columns: core::ops::Range<usize>,
        borders: &mut Borders<T>,
    ) {
        let mut panel = [[splat::<S, T>(simd, T::ZERO); C]; SPAN];
        for (row, pixel) in panel.iter_mut().zip(self.dy.chunks(self.conv.output_channels)) {
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
        let mut runs: [&[T]; SPAN] = [&[]; SPAN];
        let at = [run.row as isize, run.start as isize];
        for ((slice, border), site) in runs.iter_mut().zip(borders).zip(self.sites) {
            *slice = site.run(self.x, &self.from, at, &mut border[..run.len]);
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
                for (r, values) in tile.iter_mut().enumerate() {
                    *values = load_row(simd, into.row(row + r, columns));
                }
                tile = multiply::<S, T, R, C>(simd, tile, &runs[..self.sites.len()], row, panel);
                for (r, values) in tile.iter().enumerate() {
                    store_row(simd, *values, into.row(row + r, columns));
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
