//! Products of matrices, block by block.
//!
//! A block of rows and some steps of the depth of the factors stay in the second cache while they
//! meet panels of the vectors, a few vectors wide, that stay in the first.

use core::ops::Range;

use super::{
    operand::{Factors, Vectors},
    pack::{pack, pack_transposed},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        math::at_least,
        tile::{Tile, load_row, load_tile, store_tile, with_columns, with_tile_rows, zeros},
    },
    simd::{Scalar, Simd},
};

/// Bytes of the widest row of a tile.
const WIDEST: usize = 256;

/// The most rows that meet all panels together.
const BLOCK: usize = 384;

/// Columns that meet all steps of the depth together: some panels.
const GROUP: usize = 256;

/// The largest depth of a panel.
const DEPTH: usize = 256;

/// Scalars of a panel.
pub(super) const ROOM: usize = 8192;

/// Below this number of rows a panel costs more than it saves.
const FEW: usize = 24;

/// Up to so many bytes, the rows of a matrix lie as close together as those of a panel.
const NARROW: usize = 256;

/// The length of equal parts of `len`, at most `most` each, in whole units.
#[inline(always)]
const fn even(len: usize, most: usize, unit: usize) -> usize {
    len.div_ceil(len.div_ceil(most)).next_multiple_of(unit)
}

/// Room for a panel of `N` scalars.
#[repr(align(64))]
pub(super) struct Room<T, const N: usize>([T; N]);

impl<T: Scalar, const N: usize> Room<T, N> {
    pub(super) const fn new() -> Self {
        Self([T::ZERO; N])
    }

    pub(super) const fn scalars(&mut self) -> &mut [T] {
        &mut self.0
    }
}

/// The matrix `[depth, columns]` that is read as vectors.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a, T> {
    pub(super) values: &'a [T],
    pub(super) stride: usize,
    pub(super) layout: Layout,
}

impl<'a, T> Operand<'a, T> {
    /// A matrix that lies row by row, for a product of so many rows.
    pub(super) fn plain(values: &'a [T], columns: usize, rows: usize) -> Self {
        let is_narrow = columns * size_of::<T>() <= NARROW;
        let layout = if rows < FEW || is_narrow { Layout::Direct } else { Layout::Plain };
        Self { values, stride: columns, layout }
    }
}

/// How a matrix `[depth, columns]` lies in memory.
#[derive(Clone, Copy)]
pub(super) enum Layout {
    /// Row by row; whole vectors are read from where they lie.
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
    /// `y[rows, columns] = factors · operand`.
    pub(super) fn new(factors: F, operand: Operand<'a, T>, depth: usize, columns: usize) -> Self {
        let floor = T::from_f64(f64::NEG_INFINITY);
        Self { factors, operand, bias: None, floor, depth, columns }
    }

    /// Scalars that the panels need, at least, at any level.
    pub(super) fn room(&self) -> usize {
        let widest = WIDEST / size_of::<T>();
        let rest = self.columns % widest;
        match self.operand.layout {
            Layout::Direct if [0, widest / 4, widest / 2].contains(&rest) => 0,
            Layout::Direct | Layout::Plain => self.depth.saturating_mul(widest),
            Layout::Transposed => self.depth.next_multiple_of(widest / 4).saturating_mul(widest),
        }
    }

    /// Computes all rows of `y`.
    #[inline(always)]
    pub(super) fn compute<S: Simd>(self, simd: S, y: &mut [T], room: &mut [T]) {
        let rows = even(y.len() / self.columns, BLOCK, 24);
        for (block, y) in y.chunks_mut(rows * self.columns).enumerate() {
            let part = Self { factors: self.factors.from(block * rows, 0), ..self };
            part.block(simd, y, room);
        }
    }

    /// A block of rows: groups of columns, in which `y` stays in the second cache while the depth is
    /// gone through.
    #[inline(always)]
    fn block<S: Simd>(self, simd: S, y: &mut [T], room: &mut [T]) {
        let most = DEPTH.min(ROOM / (4 * lanes::<S, T>()));
        let depth = even(self.depth, most, 16);
        for group in (0..self.columns).step_by(GROUP) {
            let end = self.columns.min(group + GROUP);
            for first in (0..self.depth).step_by(depth) {
                let steps = depth.min(self.depth - first);
                self.group(simd, y, room, group..end, first..first + steps);
            }
        }
    }

    /// Some steps of the depth for a group of columns, panel by panel. Where they are the whole depth,
    /// the last panel may begin among the columns of the one before: it computes them again.
    #[inline(always)]
    fn group<S: Simd>(
        &self,
        simd: S,
        y: &mut [T],
        room: &mut [T],
        columns: Range<usize>,
        steps: Range<usize>,
    ) {
        let is_alone = steps.len() == self.depth;
        let mut column = columns.start;
        while column < columns.end {
            with_columns!(S, T, (columns.end - column), C => {
                let width = C * lanes::<S, T>();
                if is_alone && column + width > columns.end && width <= columns.end {
                    column = columns.end - width;
                }
                let vectors = self.panel::<S, C>(simd, room, steps.start, steps.len(), column);
                self.panel_rows::<S, C>(simd, y, vectors, steps.start, steps.len(), column);
                column += width;
            });
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
            Layout::Direct if column + width <= self.columns => {
                return Vectors { values: &from[first * stride + column..], stride };
            }
            Layout::Direct | Layout::Plain => {
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

    /// All rows of a block, for the columns of a panel: a function of its own, in which nothing else
    /// wants registers.
    #[inline(never)]
    fn panel_rows<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        vectors: Vectors<'_, T>,
        first: usize,
        steps: usize,
        column: usize,
    ) {
        simd.vectorize(
            #[inline(always)]
            || self.tiles::<S, C>(simd, y, vectors, first, steps, column),
        );
    }

    #[inline(always)]
    fn tiles<S: Simd, const C: usize>(
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
        if first > 0 {
            let columns = self.width::<S, C>(column);
            load_tile(simd, y, self.columns, columns)
        } else if let Some(bias) = self.bias {
            [load_row(simd, &bias[column..]); R]
        } else {
            zeros::<S, T, R, C>(simd)
        }
    }

    #[inline(always)]
    fn finish<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        tile: Tile<T::Vector<S>, R, C>,
        y: &mut [T],
        column: usize,
    ) {
        store_tile(simd, tile, y, self.columns, self.width::<S, C>(column));
    }

    /// The columns of a panel of `C` vectors.
    #[inline(always)]
    fn width<S: Simd, const C: usize>(&self, column: usize) -> usize {
        (C * lanes::<S, T>()).min(self.columns - column)
    }
}
