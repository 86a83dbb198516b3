//! Tiles of images, channels last.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use core::ops::Range;

use fearless_simd::SimdBase;

use crate::{
    kernel::lanes::{lanes, splat},
    simd::{Scalar, Simd},
};

/// The size of an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image {
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
}

/// A square of pixels, part of which may lie outside the image; its first pixel, of the sample that begins
/// at `start`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Corner {
    pub(super) start: usize,
    pub(super) top: isize,
    pub(super) left: isize,
}

impl Image {
    /// Scalars of one sample.
    pub(super) fn len(&self) -> usize {
        self.size[0] * self.row()
    }

    /// Scalars from one row of pixels to the next.
    fn row(&self) -> usize {
        self.size[1] * self.channels
    }

    /// Those of `n` rows or columns from `first` on that are in the image.
    #[inline(always)]
    fn inside(&self, axis: usize, first: isize, n: usize) -> Range<usize> {
        let end = (self.size[axis] as isize - first).clamp(0, n as isize) as usize;
        (-first).clamp(0, end as isize) as usize..end
    }

    /// Calls `$body` with the scalars among which `N` times `N` pixels lie, zero outside the image, and
    /// the scalars from row to row and from pixel to pixel.
    #[inline(always)]
    pub(super) fn pixels<'x, S: Simd, T: Scalar, const N: usize>(
        &self,
        simd: S,
        x: &'x [T],
        corner: Corner,
        channel: usize,
        patch: &'x mut Patch<T>,
    ) -> Pixels<&'x [T]> {
        let [rows, columns] =
            [(0, corner.top), (1, corner.left)].map(|(a, at)| self.inside(a, at, N));
        let steps = [self.row(), self.channels];
        if rows.len() == N && columns.len() == N {
            let at = corner.top as usize * steps[0] + corner.left as usize * steps[1];
            return Pixels { values: &x[corner.start + at + channel..], steps };
        }
        let len = lanes::<S, T>();
        let patch = &mut patch.0[..N * N * len];
        for (at, to) in patch.chunks_exact_mut(len).enumerate() {
            let (i, j) = (at / N, at % N);
            let pixel = if rows.contains(&i) && columns.contains(&j) {
                let row = (corner.top + i as isize) as usize * steps[0];
                let at = corner.start + row + (corner.left + j as isize) as usize * steps[1];
                T::Vector::<S>::from_slice(simd, &x[at + channel..at + channel + len])
            } else {
                splat(simd, T::ZERO)
            };
            pixel.store_slice(to);
        }
        Pixels { values: patch, steps: [N * len, len] }
    }

    /// Writes a vector of channels of those of `N` times `N` pixels that are in the image.
    #[inline(always)]
    pub(super) fn store<S: Simd, T: Scalar, const N: usize>(
        &self,
        _: S,
        square: &[[T::Vector<S>; N]; N],
        y: &mut [T],
        corner: Corner,
        channel: usize,
    ) {
        let [rows, columns] =
            [(0, corner.top), (1, corner.left)].map(|(a, at)| self.inside(a, at, N));
        let first = corner.start + corner.top as usize * self.row() + channel;
        let first = first + corner.left as usize * self.channels;
        if rows.len() == N && columns.len() == N {
            for i in 0..N {
                for j in 0..N {
                    let at = first + i * self.row() + j * self.channels;
                    square[i][j].store_slice(&mut y[at..at + lanes::<S, T>()]);
                }
            }
            return;
        }
        for i in rows {
            for j in columns.clone() {
                let at = first + i * self.row() + j * self.channels;
                square[i][j].store_slice(&mut y[at..at + lanes::<S, T>()]);
            }
        }
    }
}

/// Room for a square of vectors of pixels.
#[repr(align(64))]
pub(super) struct Patch<T>([T; 36 * 16]);

impl<T: Scalar> Patch<T> {
    pub(super) const fn new() -> Self {
        Self([T::ZERO; 36 * 16])
    }
}

/// Vectors in rows: scalars from row to row and from one to the next.
#[derive(Clone, Copy)]
pub(super) struct Pixels<V> {
    pub(super) values: V,
    pub(super) steps: [usize; 2],
}

impl<T: Scalar> Pixels<&[T]> {
    #[inline(always)]
    pub(super) fn at<S: Simd>(&self, simd: S, i: usize, j: usize) -> T::Vector<S> {
        let at = i * self.steps[0] + j * self.steps[1];
        T::Vector::<S>::from_slice(simd, &self.values[at..at + lanes::<S, T>()])
    }
}

/// The tiles of all samples one after the other, four pixels from each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tiles {
    /// Tiles of one sample.
    count: [usize; 2],
}

/// Pixels of the output from tile to tile.
pub(super) const STEP: usize = 4;

impl Tiles {
    /// Tiles that cover an image.
    pub(super) fn over(size: [usize; 2]) -> Self {
        Self { count: [size[0].div_ceil(STEP), size[1].div_ceil(STEP)] }
    }

    /// Tiles of one sample.
    pub(super) fn len(&self) -> usize {
        self.count[0] * self.count[1]
    }

    /// The corner of a tile in an image that has zeros around it.
    #[inline(always)]
    pub(super) fn corner(&self, tile: usize, image: &Image, padding: [usize; 2]) -> Corner {
        let (sample, tile) = (tile / self.len(), tile % self.len());
        let at = [tile / self.count[1], tile % self.count[1]];
        Corner {
            start: sample * image.len(),
            top: (at[0] * STEP) as isize - padding[0] as isize,
            left: (at[1] * STEP) as isize - padding[1] as isize,
        }
    }
}
