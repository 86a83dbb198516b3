//! The loop nest that forward and input gradient share.

use super::{
    axis::Axis,
    pieces::{Chunks, Piece},
};
use crate::{
    kernel::{
        Conv2d,
        lanes::lanes,
        tile::{
            DEPTH, MOST_ROWS, Panel, Tile, depth, load_row, multiply_rows, pack, pack_transposed,
            panel, steps_of, store_row, with_columns, with_tile_rows, zeros,
        },
    },
    simd::{Scalar, Simd},
};

/// The sizes of an image, channels last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture {
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
}

impl Picture {
    /// Scalars of one row of pixels.
    pub(super) fn row(&self) -> usize {
        self.size[1] * self.channels
    }

    /// Scalars of one sample.
    pub(super) fn len(&self) -> usize {
        self.size[0] * self.row()
    }
}

/// Which way the weights are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction<'a, T> {
    /// From input to output channels; the sums begin with the bias.
    Forward { bias: Option<&'a [T]> },
    /// From output to input channels.
    Backward,
}

/// A pass over the pixels of `to`, each a sum over pixels of `from`.
pub(super) struct Sweep<'a, T> {
    pub(super) conv: &'a Conv2d,
    pub(super) axes: [Axis; 2],
    pub(super) direction: Direction<'a, T>,
    pub(super) from: Picture,
    pub(super) to: Picture,
    /// `[kh, kw, ci / groups, co]`.
    pub(super) weight: &'a [T],
}

/// Some channels of the target.
#[derive(Clone, Copy)]
struct Channels {
    group: usize,
    /// The first, within the group and in all.
    within: usize,
    first: usize,
    count: usize,
}

/// An output pixel: where it is written, and where the source begins that it reads: `base` is the
/// scalar `left` of the row `top`, counted from the start of all samples.
#[derive(Clone, Copy, Default)]
struct Site {
    to: usize,
    base: isize,
    top: isize,
    left: isize,
}

/// What stands for runs that lie partly outside the image: one for each row of the largest tile.
type Borders<T> = [[T; DEPTH]; MOST_ROWS];

impl<T: Scalar> Sweep<'_, T> {
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, y: &mut [T], x: &[T]) {
        let mut panel = panel::<S, T>(simd);
        let mut borders = [[T::ZERO; DEPTH]; MOST_ROWS];
        let in_group = self.to.channels / self.conv.groups;
        for group in 0..self.conv.groups {
            let mut within = 0;
            while within < in_group {
                with_columns!(S, T, (in_group - within), C => {
                    let count = (in_group - within).min(C * lanes::<S, T>());
                    let first = group * in_group + within;
                    let channels = Channels { group, within, first, count };
                    self.channels::<S, C>(simd, y, x, channels, &mut panel, &mut borders);
                    within += C * lanes::<S, T>();
                });
            }
        }
    }

    /// All pixels of some channels, a panel of weights after the other.
    #[inline(always)]
    fn channels<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        x: &[T],
        channels: Channels,
        panel: &mut Panel<T::Vector<S>>,
        borders: &mut Borders<T>,
    ) {
        let mut chunks = Chunks::of(self, channels.group);
        let mut first = true;
        while first || !chunks.done() {
            let chunk = chunks.next_chunk(depth::<C>());
            let panel = steps_of::<_, C>(panel, depth::<C>());
            for piece in chunk.pieces() {
                self.pack(simd, &mut panel[piece.at..piece.at + piece.depth], piece, channels);
            }
            self.pixels(simd, y, x, channels, panel, chunk.pieces(), first, borders);
            first = false;
        }
    }

    /// The weights of a piece: `panel[i][c]` joins source scalar `i` with target channel `c`.
    #[inline(always)]
    fn pack<S: Simd, const C: usize>(
        &self,
        simd: S,
        mut panel: &mut [[T::Vector<S>; C]],
        piece: &Piece,
        to: Channels,
    ) {
        let [kernel_width, outputs] = [self.conv.window.kernel[1], self.conv.output_channels];
        let inputs = self.conv.input_channels / self.conv.groups;
        let row = self.axes[0].window_tap(piece.tap) * kernel_width;
        let channels = self.from.channels / self.conv.groups;
        let mut before = piece.before;
        while !panel.is_empty() {
            let (tap, channel) = (before / channels, before % channels);
            let tap = (row + self.axes[1].window_tap(tap)) * inputs;
            let depth = (channels - channel).min(panel.len());
            let (part, rest) = panel.split_at_mut(depth);
            match self.direction {
                Direction::Forward { .. } => {
                    let weight = &self.weight[(tap + channel) * outputs + to.first..];
                    pack(simd, part, weight, outputs);
                }
                Direction::Backward => {
                    let from = to.group * channels + channel;
                    let weight = &self.weight[(tap + to.within) * outputs + from..];
                    pack_transposed(simd, part, weight, outputs, to.count);
                }
            }
            before += depth;
            panel = rest;
        }
    }

    /// One panel's share of every pixel, tile by tile.
    #[inline(always)]
    fn pixels<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        x: &[T],
        channels: Channels,
        panel: &[[T::Vector<S>; C]],
        pieces: &[Piece],
        first: bool,
        borders: &mut Borders<T>,
    ) {
        let samples = x.len() / self.from.len();
        let mut left = samples * self.axes[0].count * self.axes[1].count;
        let mut place = Place::first(self, channels.first);
        while left > 0 {
            with_tile_rows!(S, T, C, left, R => {
                let mut sites = [place.site; R];
                for r in 1..R {
                    place.advance(self);
                    sites[r] = place.site;
                }
                place.advance(self);
                let mut tile = self.start::<S, R, C>(simd, y, &sites, channels, first);
                for piece in pieces {
                    let rows = self.rows(x, &sites, piece, borders);
                    let panel = &panel[piece.at..piece.at + piece.depth];
                    tile = multiply_rows(simd, tile, rows, panel);
                }
                for r in 0..R {
                    let to = sites[r].to;
                    store_row(simd, tile[r], &mut y[to..to + channels.count]);
                }
                left -= R;
            });
        }
    }

    /// The first values of a tile: the bias, or what earlier panels left.
    #[inline(always)]
    fn start<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        y: &[T],
        sites: &[Site; R],
        channels: Channels,
        first: bool,
    ) -> Tile<T::Vector<S>, R, C> {
        let mut tile = zeros::<S, T, R, C>(simd);
        if !first {
            for (values, site) in tile.iter_mut().zip(sites) {
                *values = load_row(simd, &y[site.to..site.to + channels.count]);
            }
        } else if let Direction::Forward { bias: Some(bias) } = self.direction {
            let bias = &bias[channels.first..channels.first + channels.count];
            tile = [load_row(simd, bias); R];
        }
        tile
    }

    /// The source scalars of a piece for every pixel of a tile.
    #[inline(always)]
    fn rows<'x, const R: usize>(
        &self,
        x: &'x [T],
        sites: &[Site; R],
        piece: &Piece,
        borders: &'x mut Borders<T>,
    ) -> [&'x [T]; R] {
        let row_len = self.from.row() as isize;
        let offset = piece.row * row_len + piece.start;
        let (size, last) = (self.from.size[0], row_len - piece.depth as isize);
        let mut rows = [x; R];
        for (r, border) in borders[..R].iter_mut().enumerate() {
            let site = &sites[r];
            let (top, start) = (site.top + piece.row, site.left + piece.start);
            rows[r] = if (top as usize) < size && start >= 0 && start <= last {
                let at = (site.base + offset) as usize;
                &x[at..at + piece.depth]
            } else {
                let sample = site.base - site.top * row_len - site.left;
                self.border(x, sample as usize, [top, start], &mut border[..piece.depth])
            };
        }
        rows
    }

    /// A run with zeros where it lies outside the image.
    #[cold]
    fn border<'b>(
        &self,
        x: &[T],
        sample: usize,
        [top, start]: [isize; 2],
        run: &'b mut [T],
    ) -> &'b [T] {
        run.fill(T::ZERO);
        if (top as usize) < self.from.size[0] {
            let row = &x[sample + top as usize * self.from.row()..][..self.from.row()];
            let end = (start + run.len() as isize).clamp(0, row.len() as isize) as usize;
            let from = start.clamp(0, end as isize) as usize;
            let skip = (from as isize - start) as usize;
            if from < end {
                run[skip..skip + end - from].copy_from_slice(&row[from..end]);
            }
        }
        run
    }
}

/// A pixel on its way over all samples.
#[derive(Clone, Copy)]
struct Place {
    site: Site,
    at: [usize; 2],
    /// From a pixel to the next of its row, from a row to the next, from a sample to the next:
    /// what `to` and `base` grow by.
    steps: [[isize; 2]; 3],
}

impl Place {
    fn first<T>(sweep: &Sweep<'_, T>, channel: usize) -> Self {
        let [vertical, horizontal] = sweep.axes;
        let (to, from) = (&sweep.to, &sweep.from);
        let (top, left) = (vertical.offset, horizontal.offset * from.channels as isize);
        let pixel = [horizontal.step * to.channels, horizontal.stride * from.channels];
        let row = [vertical.step * to.row(), vertical.stride * from.row()];
        let sample = [to.len(), from.len()];
        let site = Site {
            to: vertical.first * to.row() + horizontal.first * to.channels + channel,
            base: top * from.row() as isize + left,
            top,
            left,
        };
        let all = |steps: [usize; 2], before: [usize; 2], count: usize| {
            [0, 1].map(|of| steps[of] as isize - (before[of] * count) as isize)
        };
        let steps = [
            all(pixel, [0; 2], 0),
            all(row, pixel, horizontal.count),
            all(sample, row, vertical.count),
        ];
        Self { site, at: [0; 2], steps }
    }

    #[inline(always)]
    fn add(&mut self, step: usize) {
        self.site.to = self.site.to.wrapping_add_signed(self.steps[step][0]);
        self.site.base += self.steps[step][1];
    }

    #[inline(always)]
    fn advance<T>(&mut self, sweep: &Sweep<'_, T>) {
        let [vertical, horizontal] = &sweep.axes;
        self.add(0);
        self.at[1] += 1;
        self.site.left += (horizontal.stride * sweep.from.channels) as isize;
        if self.at[1] == horizontal.count {
            self.add(1);
            self.at = [self.at[0] + 1, 0];
            self.site.left = horizontal.offset * sweep.from.channels as isize;
            self.site.top += vertical.stride as isize;
            if self.at[0] == vertical.count {
                self.add(2);
                self.at[0] = 0;
                self.site.top = vertical.offset;
            }
        }
    }
}
