//! Products of matrices, block by block.
//!
//! ```text
//! for each block of rows, by the caller      384 rows of factors, of which some steps stay in L2
//!     for each group of columns              256 columns of the block of y stay in L2
//!         for each part of the depth         up to 256 steps
//!             for each panel                 a few vectors wide, packed or where it lies: in L1
//!                 for each tile of rows      sums in registers
//! ```

use core::ops::Range;

use super::{
    operand::{Factors, Layout, Operand, Vectors},
    output::Output,
    pack::{pack, pack_transposed},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        math::at_least,
        tile::{
            Tile, load_narrow, load_row, load_tile, store_narrow, store_tile, with_columns,
            with_tile_rows, zeros,
        },
    },
    simd::{Scalar, Simd},
};

/// Bytes of the widest row of a tile.
const WIDEST: usize = 256;

/// The most rows that meet all panels together.
pub(super) const BLOCK: usize = 384;

/// Columns that meet all steps of the depth together: some panels.
const GROUP: usize = 256;

/// The largest depth of a panel.
const DEPTH: usize = 256;

/// Scalars of a panel.
pub(crate) const ROOM: usize = 8192;

/// The length of equal parts of `len`, at most `most` each, in whole units.
#[inline(always)]
pub(super) const fn even(len: usize, most: usize, unit: usize) -> usize {
    len.div_ceil(len.div_ceil(most)).next_multiple_of(unit)
}

/// Room for a panel of `N` scalars.
#[repr(align(64))]
pub(crate) struct Room<T, const N: usize>([T; N]);

impl<T: Scalar, const N: usize> Room<T, N> {
    pub(crate) const fn new() -> Self {
        Self([T::ZERO; N])
    }

    pub(crate) const fn scalars(&mut self) -> &mut [T] {
        &mut self.0
    }
}

/// `y[rows, columns] = max(factors · operand + bias, floor)`, or `y += factors · operand`.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a, T, F> {
    pub(super) factors: F,
    pub(super) operand: Operand<'a, T>,
    pub(super) bias: Option<&'a [T]>,
    pub(super) floor: T,
    /// Whether the product is added to what `y` holds.
    pub(super) adds: bool,
    pub(super) depth: usize,
    pub(super) columns: usize,
}

impl<'a, T: Scalar, F: Factors<T>> Product<'a, T, F> {
    /// `y[rows, columns] = factors · operand`.
    pub(crate) fn new(factors: F, operand: Operand<'a, T>, depth: usize, columns: usize) -> Self {
        let floor = T::from_f64(f64::NEG_INFINITY);
        Self { factors, operand, bias: None, floor, adds: false, depth, columns }
    }

    /// `y[rows, columns] += factors · operand`, or `=` unless `adds`.
    pub(crate) fn adding(self, adds: bool) -> Self {
        Self { adds, ..self }
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

    /// The same product for the rows from `row` on.
    pub(super) fn rows(self, row: usize) -> Self {
        Self { factors: self.factors.from(row, 0), ..self }
    }

    /// The same product for some columns.
    pub(super) fn columns(self, columns: Range<usize>) -> Self {
        Self {
            operand: self.operand.columns(columns.start),
            bias: self.bias.map(|bias| &bias[columns.clone()]),
            columns: columns.len(),
            ..self
        }
    }

    /// Computes a block of rows: groups of columns, in which `y` stays in the second cache while the
    /// depth is gone through.
    #[inline(always)]
    pub(crate) fn compute<S: Simd>(self, simd: S, y: &mut Output<'_, '_, T>, room: &mut [T]) {
        let [whole, last] = self.ends::<S>();
        for group in (0..whole).step_by(GROUP) {
            self.group(simd, y, room, group..whole.min(group + GROUP));
        }
        if whole < self.columns {
            self.group(simd, y, room, last..self.columns);
        }
    }

    /// Where the columns of full panels end, and where a last one begins: among the columns of those
    /// before, which it computes again, unless they hold sums already.
    #[inline(always)]
    fn ends<S: Simd>(&self) -> [usize; 2] {
        let width = |columns: usize| with_columns!(S, T, columns, C => C * lanes::<S, T>());
        let rest = self.columns % width(usize::MAX);
        let width = width(rest);
        if rest == 0 || rest == width || width > self.columns || self.adds {
            return [self.columns; 2];
        }
        [self.columns - rest, self.columns - width]
    }

    /// All steps of the depth for a group of columns.
    #[inline(always)]
    fn group<S: Simd>(
        &self,
        simd: S,
        y: &mut Output<'_, '_, T>,
        room: &mut [T],
        columns: Range<usize>,
    ) {
        let most = DEPTH.min(ROOM / (4 * lanes::<S, T>()));
        let depth = even(self.depth, most, 16);
        for first in (0..self.depth).step_by(depth) {
            let steps = first..self.depth.min(first + depth);
            if columns.len() > GROUP / 2 {
                self.factors.from(0, first).touch(y.rows(), steps.len());
            }
            self.steps(simd, y, room, columns.clone(), steps);
        }
    }

    /// Some steps of the depth for a group of columns, panel by panel.
    #[inline(always)]
    fn steps<S: Simd>(
        &self,
        simd: S,
        y: &mut Output<'_, '_, T>,
        room: &mut [T],
        columns: Range<usize>,
        steps: Range<usize>,
    ) {
        let mut column = columns.start;
        while column < columns.end {
            with_columns!(S, T, (columns.end - column), C => {
                let part = column..columns.end.min(column + C * lanes::<S, T>());
                let vectors = self.panel::<S, C>(simd, room, part.clone(), steps.clone());
                self.panel_rows::<S, C>(simd, y, vectors, part, steps.clone());
                column += C * lanes::<S, T>();
            });
        }
    }

    /// The vectors of some columns, at most `C` vectors, and some steps.
    #[inline(always)]
    fn panel<'p, S: Simd, const C: usize>(
        &self,
        simd: S,
        room: &'p mut [T],
        columns: Range<usize>,
        steps: Range<usize>,
    ) -> Vectors<'p, T>
    where
        'a: 'p,
    {
        let Operand { values, stride, layout } = self.operand;
        let width = C * lanes::<S, T>();
        if let Layout::Transposed = layout {
            let from = &values[columns.start * stride + steps.start..];
            pack_transposed::<S, T, C>(simd, room, from, stride, columns.len(), steps.len());
        } else {
            let from = &values[steps.start * stride + columns.start..];
            if matches!(layout, Layout::Direct) && columns.len() == width {
                return Vectors { values: from, stride };
            }
            pack::<S, T, C>(simd, &mut room[..steps.len() * width], from, stride);
        }
        Vectors { values: &room[..steps.len() * width], stride: width }
    }

    /// All rows of a block, for the columns of a panel: a function of its own, in which nothing else
    /// wants registers.
    #[inline(never)]
    pub(super) fn panel_rows<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut Output<'_, '_, T>,
        vectors: Vectors<'_, T>,
        columns: Range<usize>,
        steps: Range<usize>,
    ) {
        simd.vectorize(
            #[inline(always)]
            || match y {
                Output::Whole(y, len)
                    if C <= 2 && columns.len() == *len && *len < C * lanes::<S, T>() =>
                {
                    self.narrow_tiles::<S, C>(simd, y, *len, vectors, steps);
                }
                y => self.tiles::<S, C>(simd, y, vectors, columns, steps),
            },
        );
    }

    #[inline(always)]
    fn tiles<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut Output<'_, '_, T>,
        vectors: Vectors<'_, T>,
        columns: Range<usize>,
        steps: Range<usize>,
    ) {
        let (mut row, rows) = (0, y.rows());
        while row < rows {
            with_tile_rows!(S, T, C, rows - row, R => {
                let mut y = y.tile::<R>(row);
                let tile = match self.begins(steps.start) {
                    true => self.start::<S, R, C>(simd, columns.start),
                    false => load_tile(simd, &y, columns.clone()),
                };
                let tile = self.add::<S, R, C>(simd, tile, vectors, row, steps.clone());
                store_tile(simd, tile, &mut y, columns.clone());
                row += R;
            });
        }
    }

    /// The same for rows of `len` scalars, less than a row of a tile.
    #[inline(always)]
    fn narrow_tiles<S: Simd, const C: usize>(
        &self,
        simd: S,
        y: &mut [T],
        len: usize,
        vectors: Vectors<'_, T>,
        steps: Range<usize>,
    ) {
        let (mut row, rows) = (0, y.len() / len);
        while row < rows {
            with_tile_rows!(S, T, C, rows - row, R => {
                let y = &mut y[row * len..(row + R) * len];
                let tile = match self.begins(steps.start) {
                    true => self.start::<S, R, C>(simd, 0),
                    false => load_narrow(simd, y, len),
                };
                let tile = self.add::<S, R, C>(simd, tile, vectors, row, steps.clone());
                store_narrow(simd, tile, y, len);
                row += R;
            });
        }
    }

    /// Whether sums begin with this step, rather than with what `y` holds.
    #[inline(always)]
    fn begins(&self, step: usize) -> bool {
        step == 0 && !self.adds
    }

    /// What the sums of a tile begin with.
    #[inline(always)]
    fn start<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        column: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        match self.bias {
            Some(bias) => [load_row(simd, &bias[column..]); R],
            None => zeros::<S, T, R, C>(simd),
        }
    }

    /// A tile with the products of some steps, above the floor after the last.
    #[inline(always)]
    fn add<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        tile: Tile<T::Vector<S>, R, C>,
        vectors: Vectors<'_, T>,
        row: usize,
        steps: Range<usize>,
    ) -> Tile<T::Vector<S>, R, C> {
        let factors = self.factors.from(row, steps.start);
        let tile = factors.multiply(simd, tile, vectors, steps.len());
        self.finish::<S, R, C>(simd, tile, steps.end)
    }

    /// The tile, above the floor after the last step.
    #[inline(always)]
    fn finish<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        mut tile: Tile<T::Vector<S>, R, C>,
        end: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        if end == self.depth {
            let floor = splat::<S, T>(simd, self.floor);
            for r in 0..R {
                for c in 0..C {
                    tile[r][c] = at_least::<S, T>(tile[r][c], floor);
                }
            }
        }
        tile
    }
}
