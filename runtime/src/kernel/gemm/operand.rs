//! The two operands of a product: factors, which are broadcast one by one from where they lie, and the
//! matrix that is read as vectors, from where it lies or from a packed panel.

use core::hint::black_box;

use fearless_simd::SimdFloat;

use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::{Tile, load_full},
    },
    simd::{Scalar, Simd},
};

/// Below this number of rows a panel costs more than it saves.
const FEW: usize = 24;

/// Up to so many bytes, the rows of a matrix lie as close together as those of a panel.
const NARROW: usize = 256;

/// The matrix `[depth, columns]` that is read as vectors.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) stride: usize,
    pub(crate) layout: Layout,
}

impl<'a, T> Operand<'a, T> {
    /// A matrix that lies row by row, for a product of so many rows.
    pub(crate) fn plain(values: &'a [T], columns: usize, rows: usize) -> Self {
        let is_narrow = columns * size_of::<T>() <= NARROW;
        let layout = if rows < FEW || is_narrow { Layout::Direct } else { Layout::Plain };
        Self { values, stride: columns, layout }
    }

    /// The columns from `column` on.
    pub(crate) fn columns(self, column: usize) -> Self {
        let stride = if let Layout::Transposed = self.layout { self.stride } else { 1 };
        Self { values: &self.values[column * stride..], ..self }
    }
}

/// Bytes of a line of the caches.
const LINE: usize = 64;

/// How a matrix `[depth, columns]` lies in memory.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    /// Row by row; whole vectors are read from where they lie.
    Direct,
    /// Row by row.
    Plain,
    /// Column by column.
    Transposed,
}

/// The matrix `f[row, step]` of factors.
pub(crate) trait Factors<T: Scalar>: Copy + Send + Sync {
    /// The factors from a row and a step on.
    fn from(self, row: usize, step: usize) -> Self;

    /// Reads some rows of some steps in the order in which they lie, so that the second cache has them when
    /// tiles read them in another.
    fn touch(self, _rows: usize, _steps: usize) {}

    /// `tile[r] += f[r, i] · vectors[i]`, summed over `depth` steps.
    fn multiply<S: Simd, const R: usize, const C: usize>(
        self,
        simd: S,
        tile: Tile<T::Vector<S>, R, C>,
        vectors: Vectors<'_, T>,
        depth: usize,
    ) -> Tile<T::Vector<S>, R, C>;
}

/// Rows of vectors, `stride` scalars apart; every row is followed by as many scalars as a tile reads.
#[derive(Clone, Copy)]
pub(crate) struct Vectors<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) stride: usize,
}

impl<T: Scalar> Vectors<'_, T> {
    #[inline(always)]
    fn row<S: Simd, const C: usize>(self, simd: S, step: usize) -> [T::Vector<S>; C] {
        let start = step * self.stride;
        load_full(simd, &self.values[start..start + C * lanes::<S, T>()])
    }
}

/// Factors whose steps lie side by side: `f[row, step] = values[row · stride + step]`.
#[derive(Clone, Copy)]
pub(crate) struct ByRow<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) stride: usize,
}

impl<T: Scalar> Factors<T> for ByRow<'_, T> {
    #[inline(always)]
    fn from(self, row: usize, step: usize) -> Self {
        Self { values: &self.values[row * self.stride + step..], stride: self.stride }
    }

    #[inline(always)]
    fn multiply<S: Simd, const R: usize, const C: usize>(
        self,
        simd: S,
        mut tile: Tile<T::Vector<S>, R, C>,
        vectors: Vectors<'_, T>,
        depth: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        let mut rows = [self.values; R];
        for r in 0..R {
            rows[r] = &self.values[r * self.stride..r * self.stride + depth];
        }
        for i in 0..depth {
            let row = vectors.row::<S, C>(simd, i);
            for r in 0..R {
                let factor = splat::<S, T>(simd, rows[r][i]);
                for c in 0..C {
                    tile[r][c] = factor.mul_add(row[c], tile[r][c]);
                }
            }
        }
        tile
    }
}

/// Factors whose rows lie side by side: `f[row, step] = values[step · stride + row]`.
#[derive(Clone, Copy)]
pub(crate) struct ByStep<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) stride: usize,
}

impl<T: Scalar> Factors<T> for ByStep<'_, T> {
    #[inline(always)]
    fn from(self, row: usize, step: usize) -> Self {
        Self { values: &self.values[step * self.stride + row..], stride: self.stride }
    }

    #[inline(always)]
    fn touch(self, rows: usize, steps: usize) {
        for values in self.values.chunks(self.stride).take(steps) {
            values[..rows.min(values.len())].iter().step_by(LINE / size_of::<T>()).for_each(
                #[inline(always)]
                |value| {
                    black_box(*value);
                },
            );
        }
    }

    #[inline(always)]
    fn multiply<S: Simd, const R: usize, const C: usize>(
        self,
        simd: S,
        mut tile: Tile<T::Vector<S>, R, C>,
        vectors: Vectors<'_, T>,
        depth: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        for i in 0..depth {
            let row = vectors.row::<S, C>(simd, i);
            let factors = &self.values[i * self.stride..i * self.stride + R];
            for r in 0..R {
                let factor = splat::<S, T>(simd, factors[r]);
                for c in 0..C {
                    tile[r][c] = factor.mul_add(row[c], tile[r][c]);
                }
            }
        }
        tile
    }
}
