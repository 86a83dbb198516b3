//! Forward pass and input gradient: tiles of one image become tiles of another.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use fearless_simd::SimdBase;

use super::{
    GAP, POINTS,
    filter::{Filter, WIDTH},
    image::{Image, Patch, Pixels, Tiles},
    transform::{along_both, each, input, output},
};
use crate::{
    kernel::{
        gemm,
        lanes::{lanes, load, splat},
        math::at_least,
    },
    simd::{Scalar, Simd},
};

/// The most tiles that are transformed together.
const MOST: usize = 24;

/// A pass over the tiles of `to`, each from a tile of `from`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep<'a, T> {
    pub(super) from: Image,
    pub(super) to: Image,
    /// Zeros above and to the left of `from`.
    pub(super) padding: [usize; 2],
    pub(super) bias: Option<&'a [T]>,
    /// The least value that is written.
    pub(super) floor: T,
}

/// The two matrices of every point: tiles by channels that are read, and by those that are written.
struct Block<'r, T> {
    tiles: usize,
    read: &'r mut [T],
    written: &'r mut [T],
}

impl<T: Scalar> Sweep<'_, T> {
    pub(super) fn filter(&self) -> Filter {
        Filter { inputs: self.from.channels, outputs: self.to.channels }
    }

    /// All tiles, as many at a time as there is room for.
    #[inline(always)]
    pub(super) fn run<S: Simd>(&self, simd: S, y: &mut [T], x: &[T], u: &[T], room: &mut [T]) {
        let tiles = Tiles::over(self.to.size);
        let all = x.len() / self.from.len() * tiles.len();
        let channels = self.from.channels + self.to.channels;
        let most = ((room.len() / POINTS - 2 * GAP) / channels).min(MOST);
        let most = all.div_ceil(all.div_ceil(most));
        let mut first = 0;
        while first < all {
            let count = most.min(all - first);
            let read = POINTS * (count * self.from.channels + GAP);
            let (read, written) = room.split_at_mut(read);
            let mut block = Block { tiles: count, read, written };
            self.read(simd, &mut block, x, tiles, first);
            self.multiply(simd, &mut block, u);
            self.write(simd, &block, y, tiles, first);
            first += count;
        }
    }

    /// `Bᵀ x B` of every tile.
    #[inline(always)]
    fn read<S: Simd>(
        &self,
        simd: S,
        block: &mut Block<'_, T>,
        x: &[T],
        tiles: Tiles,
        first: usize,
    ) {
        let (len, channels) = (lanes::<S, T>(), self.from.channels);
        let point = block.tiles * channels + GAP;
        let mut patch = Patch::new();
        for tile in 0..block.tiles {
            let corner = tiles.corner(first + tile, &self.from, self.padding);
            for channel in (0..channels).step_by(len) {
                let x = self.from.pixels::<S, T, 6>(simd, x, corner, channel, &mut patch);
                let to = &mut block.read[tile * channels + channel..];
                along_both!(simd, S, T, input, [0 1 2 3 4 5] => [0 1 2 3 4 5], |I, J| x.at(simd, I, J), |K, row| {
                    for j in 0..6 {
                        let at = (6 * K + j) * point;
                        row[j].store_slice(&mut to[at..at + len]);
                    }
                });
            }
        }
    }

    /// The product of every point.
    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, block: &mut Block<'_, T>, u: &[T]) {
        let (filter, tiles) = (self.filter(), block.tiles);
        let (inputs, outputs) = (filter.inputs, filter.outputs);
        for p in 0..POINTS {
            let read = &block.read[p * (tiles * inputs + GAP)..][..tiles * inputs];
            let written = &mut block.written[p * (tiles * outputs + GAP)..][..tiles * outputs];
            let u = &u[p * filter.point()..][..inputs * outputs];
            for columns in (0..outputs).step_by(WIDTH) {
                let width = filter.width(columns);
                let y = &mut written[columns * tiles..][..width * tiles];
                let u = &u[columns * inputs..][..width * inputs];
                gemm::multiply(simd, y, read, u, inputs, width);
            }
        }
    }

    /// `Aᵀ m A` of every tile, with bias and floor.
    #[inline(always)]
    fn write<S: Simd>(
        &self,
        simd: S,
        block: &Block<'_, T>,
        y: &mut [T],
        tiles: Tiles,
        first: usize,
    ) {
        let (len, channels) = (lanes::<S, T>(), self.to.channels);
        let point = block.tiles * channels + GAP;
        let filter = self.filter();
        let floor = splat::<S, T>(simd, self.floor);
        for tile in 0..block.tiles {
            let corner = tiles.corner(first + tile, &self.to, [0; 2]);
            for channel in (0..channels).step_by(len) {
                let columns = channel / WIDTH * WIDTH;
                let at = columns * block.tiles + tile * filter.width(columns) + channel - columns;
                let points = Pixels { values: &block.written[at..], steps: [6 * point, point] };
                let bias = match self.bias {
                    Some(bias) => load::<S, T>(simd, &bias[channel..]),
                    None => splat(simd, T::ZERO),
                };
                let mut square = [[bias; 4]; 4];
                along_both!(simd, S, T, output, [0 1 2 3 4 5] => [0 1 2 3], |I, J| points.at(simd, I, J), |K, row| {
                    for j in 0..4 {
                        square[K][j] = at_least::<S, T>(row[j] + bias, floor);
                    }
                });
                self.to.store(simd, &square, y, corner, channel);
            }
        }
    }
}
