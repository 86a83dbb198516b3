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

/// An output pixel: where it is written, and where the source begins that it reads.
#[derive(Clone, Copy, Default)]
struct Site {
    to: usize,
    from: usize,
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
        let mut place = Place::default();
        while left > 0 {
            with_tile_rows!(S, T, C, left, R => {
                let mut sites = [Site::default(); R];
                for site in &mut sites {
                    *site = place.site(self, channels.first);
                    place.advance(self);
                }
                let mut tile = self.start::<S, R, C>(simd, y, &sites, channels, first);
                for piece in pieces {
                    let rows = self.rows(x, &sites, piece, borders);
                    let panel = &panel[piece.at..piece.at + piece.depth];
                    tile = multiply_rows(simd, tile, rows, panel);
                }
                for (values, site) in tile.into_iter().zip(&sites) {
                    store_row(simd, values, &mut y[site.to..site.to + channels.count]);
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
        let mut rows = [x; R];
        for ((row, site), border) in rows.iter_mut().zip(sites).zip(borders) {
            let (top, start) = (site.top + piece.row, site.left + piece.start);
            let end = start + piece.depth as isize;
            let inside = (top as usize) < self.from.size[0];
            *row = if inside && start >= 0 && end as usize <= self.from.row() {
                let at = site.from + top as usize * self.from.row() + start as usize;
                &x[at..at + piece.depth]
            } else {
                self.border(x, site.from, [top, start], &mut border[..piece.depth])
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
#[derive(Clone, Copy, Default)]
struct Place {
    sample: usize,
    at: [usize; 2],
}

impl Place {
    #[inline(always)]
    fn site<T>(&self, sweep: &Sweep<'_, T>, channel: usize) -> Site {
        let [vertical, horizontal] = sweep.axes;
        let row = vertical.first + self.at[0] * vertical.step;
        let column = horizontal.first + self.at[1] * horizontal.step;
        let left = (self.at[1] * horizontal.stride) as isize + horizontal.offset;
        Site {
            to: self.sample * sweep.to.len()
                + row * sweep.to.row()
                + column * sweep.to.channels
                + channel,
            from: self.sample * sweep.from.len(),
            top: (self.at[0] * vertical.stride) as isize + vertical.offset,
            left: left * sweep.from.channels as isize,
        }
    }

    #[inline(always)]
    fn advance<T>(&mut self, sweep: &Sweep<'_, T>) {
        self.at[1] += 1;
        if self.at[1] == sweep.axes[1].count {
            self.at = [self.at[0] + 1, 0];
        }
        if self.at[0] == sweep.axes[0].count {
            (self.at[0], self.sample) = (0, self.sample + 1);
        }
    }
}
