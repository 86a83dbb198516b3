//! The two operands of a product: factors, which are broadcast one by one from where they lie, and
//! vectors, which are read from rows of a matrix or of a packed panel.

use fearless_simd::SimdFloat;

use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::{Tile, load_full},
    },
    simd::{Scalar, Simd},
};

/// The matrix `f[row, step]` of factors.
pub(super) trait Factors<T: Scalar>: Copy + Send + Sync {
    /// The factors from a row and a step on.
    fn from(self, row: usize, step: usize) -> Self;

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
pub(super) struct Vectors<'a, T> {
    pub(super) values: &'a [T],
    pub(super) stride: usize,
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
pub(super) struct ByRow<'a, T> {
    pub(super) values: &'a [T],
    pub(super) stride: usize,
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
pub(super) struct ByStep<'a, T> {
    pub(super) values: &'a [T],
    pub(super) stride: usize,
}

impl<T: Scalar> Factors<T> for ByStep<'_, T> {
    #[inline(always)]
    fn from(self, row: usize, step: usize) -> Self {
        Self { values: &self.values[step * self.stride + row..], stride: self.stride }
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
