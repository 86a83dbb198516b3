//! The gradient of the weight, `dw = Gᵀ (Σ (Bᵀ x B) ⊙ (A dy Aᵀ)) G` over all tiles.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use core::ops::Range;

use fearless_simd::SimdBase;

use super::{
    GAP,
    image::{Corner, Image, Patch, Pixels, Tiles},
    transform::{along_both, each, input, output_gradient, window_gradient},
};
use crate::{
    kernel::{
        gemm,
        lanes::{lanes, splat},
    },
    simd::{Scalar, Simd},
};

/// The most tiles that are transformed together.
const MOST: usize = 64;

/// The sums of some rows of the points, over all samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    pub(super) from: Image,
    pub(super) to: Image,
    pub(super) padding: [usize; 2],
}

impl Sums {
    /// Scalars from one point to the next.
    pub(super) const fn point(&self) -> usize {
        self.from.channels * self.to.channels + GAP
    }

    /// Adds up the points of the rows `rows` of six.
    #[inline(always)]
    pub(super) fn run<S: Simd, T: Scalar>(
        &self,
        simd: S,
        sums: &mut [T],
        x: &[T],
        dy: &[T],
        rows: Range<usize>,
        room: &mut [T],
    ) {
        let (tiles, points) = (Tiles::over(self.to.size), 6 * rows.len());
        let all = dy.len() / self.to.len() * tiles.len();
        let [inputs, outputs] = [self.from.channels, self.to.channels];
        let most = ((room.len() / points - 2 * GAP) / (inputs + outputs)).min(MOST);
        sums.fill(T::ZERO);
        let mut first = 0;
        while first < all {
            let count = most.min(all - first);
            let (read, rest) = room.split_at_mut(points * (count * inputs + GAP));
            for tile in 0..count {
                let at = tiles.corner(first + tile, &self.from, self.padding);
                self.read(simd, &mut read[tile * inputs..], x, at, &rows, count * inputs + GAP);
                let at = tiles.corner(first + tile, &self.to, [0; 2]);
                self.read_gradient(
                    simd,
                    &mut rest[tile * outputs..],
                    dy,
                    at,
                    &rows,
                    count * outputs + GAP,
                );
            }
            for p in 0..points {
                let sums = &mut sums[p * self.point()..][..inputs * outputs];
                let x = &read[p * (count * inputs + GAP)..][..count * inputs];
                let dy = &rest[p * (count * outputs + GAP)..][..count * outputs];
                gemm::add_gradient(simd, sums, x, dy, count, [inputs, outputs]);
            }
            first += count;
        }
    }

    /// `Bᵀ x B` of a tile.
    #[inline(always)]
    fn read<S: Simd, T: Scalar>(
        &self,
        simd: S,
        points: &mut [T],
        x: &[T],
        at: Corner,
        rows: &Range<usize>,
        point: usize,
    ) {
        let (mut patch, len) = (Patch::new(), lanes::<S, T>());
        for channel in (0..self.from.channels).step_by(len) {
            let x = self.from.pixels::<S, T, 6>(simd, x, at, channel, &mut patch);
            let to = &mut points[channel..];
            along_both!(simd, S, T, input, [0 1 2 3 4 5] => [0 1 2 3 4 5], |I, J| x.at(simd, I, J), |K, row| {
                if rows.contains(&K) {
                    store_row(simd, &mut to[(K - rows.start) * 6 * point..], row, point);
                }
            });
        }
    }

    /// `A dy Aᵀ` of a tile.
    #[inline(always)]
    fn read_gradient<S: Simd, T: Scalar>(
        &self,
        simd: S,
        points: &mut [T],
        dy: &[T],
        at: Corner,
        rows: &Range<usize>,
        point: usize,
    ) {
        let (mut patch, len) = (Patch::new(), lanes::<S, T>());
        for channel in (0..self.to.channels).step_by(len) {
            let dy = self.to.pixels::<S, T, 4>(simd, dy, at, channel, &mut patch);
            let to = &mut points[channel..];
            along_both!(simd, S, T, output_gradient, [0 1 2 3] => [0 1 2 3 4 5], |I, J| dy.at(simd, I, J), |K, row| {
                if rows.contains(&K) {
                    store_row(simd, &mut to[(K - rows.start) * 6 * point..], row, point);
                }
            });
        }
    }
}

/// A row of six points, `point` scalars apart.
#[inline(always)]
fn store_row<S: Simd, T: Scalar>(_: S, to: &mut [T], row: [T::Vector<S>; 6], point: usize) {
    for j in 0..6 {
        row[j].store_slice(&mut to[j * point..j * point + lanes::<S, T>()]);
    }
}

/// `dw = Gᵀ sums G`, for the places `columns` of the weights of each of the nine taps.
#[inline(always)]
pub(super) fn taps<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [&mut [T]],
    sums: &[T],
    columns: Range<usize>,
    point: usize,
) {
    let len = lanes::<S, T>();
    for (n, column) in columns.step_by(len).enumerate() {
        let all = Pixels { values: &sums[column..], steps: [6 * point, point] };
        along_both!(simd, S, T, window_gradient, [0 1 2 3 4 5] => [0 1 2], |I, J| all.at(simd, I, J), |K, row| {
            for j in 0..3 {
                row[j].store_slice(&mut dw[3 * K + j][n * len..][..len]);
            }
        });
    }
}
