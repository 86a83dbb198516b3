//! The loop nest that forward and input gradient share.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use super::{
    axis::Axis,
    pieces::{Chunks, Piece},
    site::{Picture, Place, Site},
};
use crate::{
    kernel::{
        Conv2d,
        lanes::{lanes, splat},
        math::at_least,
        tile::{
            DEPTH, MOST_ROWS, Tile, WIDEST, load_row, multiply_rows, pack, pack_transposed, panel,
            steps_of, store_row, with_columns, with_tile_rows, zeros,
        },
    },
    simd::{Scalar, Simd},
};

/// Which way the weights are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction<'a, T> {
    /// From input to output channels; the sums begin with the bias, and are `floor` at least.
    Forward { bias: Option<&'a [T]>, floor: T },
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

/// Vectors of a panel that is quickly made.
const LITTLE: usize = 160;

/// What stands for runs that lie partly outside the image: one for each row of the largest tile.
type Borders<T> = [[T; DEPTH]; MOST_ROWS];

impl<T: Scalar> Sweep<'_, T> {
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, y: &mut [T], x: &[T]) {
        let (mut little, mut whole);
        let panel: &mut [T::Vector<S>] = if self.vectors::<S>() <= LITTLE {
            little = [splat::<S, T>(simd, T::ZERO); LITTLE];
            &mut little
        } else {
            whole = panel::<S, T>(simd);
            &mut whole
        };
        let mut borders = [[T::ZERO; DEPTH]; MOST_ROWS];
        let in_group = self.to.channels / self.conv.groups;
        for group in 0..self.conv.groups {
            let mut within = 0;
            while within < in_group {
                with_columns!(S, T, (in_group - within), C => {
                    let count = (in_group - within).min(C * lanes::<S, T>());
                    let first = group * in_group + within;
                    let channels = Channels { group, within, first, count };
                    self.channels::<S, C>(simd, y, x, channels, panel, &mut borders);
                    within += C * lanes::<S, T>();
                });
            }
        }
    }

    /// Vectors of all weights of the channels that are treated together.
    #[inline(always)]
    fn vectors<S: Simd>(&self) -> usize {
        let [inputs, outputs] = [&self.from, &self.to].map(|of| of.channels / self.conv.groups);
        let width = outputs.div_ceil(lanes::<S, T>()).min(WIDEST).next_power_of_two();
        self.axes[0].taps * self.axes[1].taps * inputs * width
    }

    /// All pixels of some channels, a panel of weights after the other.
    #[inline(always)]
    fn channels<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        x: &[T],
        channels: Channels,
        panel: &mut [T::Vector<S>],
        borders: &mut Borders<T>,
    ) {
        let mut chunks = Chunks::of(self, channels.group);
        let panel = steps_of::<_, C>(panel);
        let mut first = true;
        while first || !chunks.done() {
            let chunk = chunks.next_chunk(panel.len());
            for piece in chunk.pieces() {
                self.pack(simd, &mut panel[piece.at..piece.at + piece.depth], piece, channels);
            }
            let ends = [first, chunks.done()];
            self.pixels(simd, y, x, channels, panel, chunk.pieces(), ends, borders);
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

    /// One panel's share of every pixel, tile by tile: whether it is the first, and the last.
    #[inline(always)]
    fn pixels<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        x: &[T],
        channels: Channels,
        panel: &[[T::Vector<S>; C]],
        pieces: &[Piece],
        [first, last]: [bool; 2],
        borders: &mut Borders<T>,
    ) {
        let floor = splat::<S, T>(simd, self.floor(last));
        let samples = x.len() / self.from.len();
        let mut left = samples * self.axes[0].count * self.axes[1].count;
        let mut place = Place::first(self.axes, &self.from, &self.to, channels.first);
        while left > 0 {
            with_tile_rows!(S, T, C, left, R => {
                let mut sites = [Site::default(); R];
                for site in &mut sites {
                    *site = place.next();
                }
                let mut tile = self.start::<S, R, C>(simd, y, &sites, channels, first);
                for piece in pieces {
                    let rows = self.rows(x, &sites, piece, borders);
                    let panel = &panel[piece.at..piece.at + piece.depth];
                    tile = multiply_rows(simd, tile, rows, panel);
                }
                for r in 0..R {
                    for c in 0..C {
                        tile[r][c] = at_least::<S, T>(tile[r][c], floor);
                    }
                    let to = sites[r].to;
                    store_row(simd, tile[r], &mut y[to..to + channels.count]);
                }
                left -= R;
            });
        }
    }

    /// What the sums are at least, once they are whole.
    fn floor(&self, whole: bool) -> T {
        match self.direction {
            Direction::Forward { floor, .. } if whole => floor,
            _ => T::from_f64(f64::NEG_INFINITY),
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
        } else if let Direction::Forward { bias: Some(bias), .. } = self.direction {
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
        for (r, border) in borders[..R].iter_mut().enumerate() {
            let at = [piece.row, piece.start];
            rows[r] = sites[r].run(x, &self.from, at, &mut border[..piece.depth]);
        }
        rows
    }
}
