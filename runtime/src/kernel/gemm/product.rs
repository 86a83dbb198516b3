//! Products of matrices, block by block.
//!
//! A block of rows and some steps of the depth of the factors stay in the second cache while they
//! meet panels of the vectors, a few vectors wide, that stay in the first.

use super::{
    operand::{Factors, Vectors},
    pack::{pack, pack_transposed},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        math::at_least,
        tile::{Tile, load_row, store_row, with_columns, with_tile_rows, zeros},
    },
    simd::{Scalar, Simd},
};

/// Rows that meet all panels together; a multiple of every tile's rows.
const BLOCK: usize = 240;

/// The largest depth of a panel.
const DEPTH: usize = 256;

/// Scalars of a panel.
const ROOM: usize = 8192;

/// Room for a panel.
#[repr(align(64))]
pub(super) struct Room([u64; ROOM]);

impl Room {
    pub(super) const fn new() -> Self {
        Self([0; ROOM])
    }

    /// The room as scalars.
    pub(super) fn scalars<T: Scalar>(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.0)[..ROOM]
    }
}

/// The matrix `[depth, columns]` that is read as vectors.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a, T> {
    pub(super) values: &'a [T],
    pub(super) stride: usize,
    /// How the values lie.
    pub(super) layout: Layout,
}

/// How a matrix `[depth, columns]` lies in memory.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// Row by row, and the columns are whole vectors: read from where it lies.
    Direct,
    /// Row by row.
    Plain,
    /// Column by column.
    Transposed,
}

/// `y[rows, columns] = max(factors · operand + bias, floor)`.
#[derive(Clone, Copy)]
pub(super) struct Product<'a, T, F> {
    pub(super) factors: F,
    pub(super) operand: Operand<'a, T>,
    pub(super) bias: Option<&'a [T]>,
    pub(super) floor: T,
    pub(super) depth: usize,
    pub(super) columns: usize,
}

impl<'a, T: Scalar, F: Factors<'a, T>> Product<'a, T, F> {
    /// Computes the rows of `y` in blocks.
    #[inline(always)]
    pub(super) fn compute<S: Simd>(self, simd: S, y: &mut [T], room: &mut [T]) {
        for (block, y) in y.chunks_mut(BLOCK * self.columns).enumerate() {
            let part = Self { factors: self.factors.from(block * BLOCK, 0), ..self };
            part.block(simd, y, room);
        }
    }

    #[inline(always)]
    fn block<S: Simd>(self, simd: S, y: &mut [T], room: &mut [T]) {
        let most = DEPTH.min(ROOM / (4 * lanes::<S, T>()));
        let mut first = 0;
        while first < self.depth {
            let steps = most.min(self.depth - first);
            let mut column = 0;
            while column < self.columns {
                with_columns!(S, T, (self.columns - column), C => {
                    let vectors = self.panel::<S, C>(simd, room, first, steps, column);
                    self.panel_rows::<S, C>(simd, y, vectors, first, steps, column);
                    column += C * lanes::<S, T>();
                });
            }
            first += steps;
        }
    }

    /// The vectors of some steps and `C` vectors of columns.
    #[inline(always)]
    fn panel<'p, S: Simd, const C: usize>(
        &self,
        simd: S,
        room: &'p mut [T],
        first: usize,
        steps: usize,
        column: usize,
    ) -> Vectors<'p, T>
    where
        'a: 'p,
    {
        let (from, stride) = (self.operand.values, self.operand.stride);
        let width = C * lanes::<S, T>();
        match self.operand.layout {
            Layout::Direct => return Vectors { values: &from[first * stride + column..], stride },
            Layout::Plain => {
                let from = &from[first * stride + column..];
                pack::<S, T, C>(simd, &mut room[..steps * width], from, stride);
            }
            Layout::Transposed => {
                let columns = width.min(self.columns - column);
                let from = &from[column * stride + first..];
                pack_transposed::<S, T, C>(simd, room, from, stride, columns, steps);
            }
        }
        Vectors { values: &room[..steps * width], stride: width }
    }

    /// All rows of a block, for the columns of a panel.
    #[inline(always)]
    fn panel_rows<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        vectors: Vectors<'_, T>,
        first: usize,
        steps: usize,
        column: usize,
    ) {
        let (mut row, rows) = (0, y.len() / self.columns);
        let is_last = first + steps == self.depth;
        let floor = splat::<S, T>(simd, self.floor);
        while row < rows {
            with_tile_rows!(S, T, C, rows - row, R => {
                let y = &mut y[row * self.columns + column..];
                let factors = self.factors.from(row, first);
                let tile = self.start::<S, R, C>(simd, y, first, column);
                let mut tile = factors.multiply(simd, tile, vectors, steps);
                if is_last {
                    for r in 0..R {
                        for c in 0..C {
                            tile[r][c] = at_least::<S, T>(tile[r][c], floor);
                        }
                    }
                }
                self.finish(simd, tile, y, column);
                row += R;
            });
        }
    }

    /// What the sums of a tile begin with: the bias, or what earlier steps left in `y`.
    #[inline(always)]
    fn start<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        y: &[T],
        first: usize,
        column: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        let mut tile = zeros::<S, T, R, C>(simd);
        if first > 0 {
            let columns = self.width::<S, C>(column);
            for r in 0..R {
                let start = r * self.columns;
                tile[r] = load_row(simd, &y[start..start + columns]);
            }
        } else if let Some(bias) = self.bias {
            tile = [load_row(simd, &bias[column..]); R];
        }
        tile
    }

    #[inline(always)]
    fn finish<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        tile: Tile<T::Vector<S>, R, C>,
        y: &mut [T],
        column: usize,
    ) {
        let columns = self.width::<S, C>(column);
        for r in 0..R {
            let start = r * self.columns;
            store_row(simd, tile[r], &mut y[start..start + columns]);
        }
    }

    /// The columns of a panel of `C` vectors.
    #[inline(always)]
    fn width<S: Simd, const C: usize>(&self, column: usize) -> usize {
        (C * lanes::<S, T>()).min(self.columns - column)
    }
}
