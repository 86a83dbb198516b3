//! The backward pass of some samples, from the step computed last to the first.

use core::ops::Range;

use super::{
    Recurrence,
    cell::{Gradients, Kept, Unit},
    forward::shifted,
};
use crate::{
    kernel::{
        gemm::operand::{ByRow, Factors, Vectors},
        lanes::{lanes, load, many_registers, splat, store},
        tile::zeros,
    },
    simd::{Scalar, Simd},
};

/// Some samples, one behind the other in each slice, and what all share.
pub(super) struct Part<'a, T> {
    pub(super) gates: &'a mut [T],
    pub(super) recurrent: &'a mut [T],
    pub(super) carry: &'a mut [T],
    pub(super) dy: &'a [T],
    pub(super) before: &'a [T],
    pub(super) cells: &'a [T],
    pub(super) panels: &'a [T],
    pub(super) rows: usize,
    pub(super) sizes: Recurrence,
}

/// The most samples of a tile, and the most vectors of units.
const TILE: [usize; 2] = [8, 2];

/// What the step after sends to some vectors of units of some samples.
type Sent<T, S> = [[<T as Scalar>::Vector<S>; TILE[1]]; TILE[0]];

impl<T: Scalar> Part<'_, T> {
    #[inline(always)]
    pub(super) fn run<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, unit: U) {
        self.carry.fill(T::ZERO);
        let len = lanes::<S, T>();
        for step in (0..self.sizes.steps).rev() {
            for column in (0..self.sizes.units).step_by(TILE[1] * len) {
                let mut row = 0;
                while row < self.rows {
                    let mut sent = [[splat::<S, T>(simd, T::ZERO); TILE[1]]; TILE[0]];
                    let from = if U::HAS_OWN_PRODUCTS { &*self.recurrent } else { &*self.gates };
                    let high = self.products(simd, from, step, column, row, &mut sent);
                    self.units(simd, unit, step, column, row, &sent[..high]);
                    row += high;
                }
            }
        }
    }

    /// The gradients of the states of a step from the products of the step after, `d · uᵀ`, for a tile
    /// whose samples it yields: a function of its own, in which nothing else wants registers.
    #[inline(never)]
    fn products<S: Simd>(
        &self,
        simd: S,
        from: &[T],
        step: usize,
        column: usize,
        row: usize,
        sent: &mut Sent<T, S>,
    ) -> usize {
        simd.vectorize(
            #[inline(always)]
            || {
                let is_wide = self.sizes.units - column > lanes::<S, T>();
                let left = self.rows - row;
                match (is_wide, left) {
                    (true, 8..) if const { many_registers::<S, T>() } => {
                        self.tile::<S, 8, 2>(simd, from, step, column, row, sent)
                    }
                    (true, 1) => self.tile::<S, 1, 2>(simd, from, step, column, row, sent),
                    (true, 2 | 3) => self.tile::<S, 2, 2>(simd, from, step, column, row, sent),
                    (true, 4 | 5 | 8) => self.tile::<S, 4, 2>(simd, from, step, column, row, sent),
                    (true, _) => self.tile::<S, 6, 2>(simd, from, step, column, row, sent),
                    (_, 1) => self.tile::<S, 1, 1>(simd, from, step, column, row, sent),
                    (_, 2 | 3) => self.tile::<S, 2, 1>(simd, from, step, column, row, sent),
                    (_, 4 | 5 | 8) => self.tile::<S, 4, 1>(simd, from, step, column, row, sent),
                    _ => self.tile::<S, 6, 1>(simd, from, step, column, row, sent),
                }
            },
        )
    }

    #[inline(always)]
    fn tile<S: Simd, const R: usize, const C: usize>(
        &self,
        simd: S,
        from: &[T],
        step: usize,
        column: usize,
        row: usize,
        sent: &mut Sent<T, S>,
    ) -> usize {
        let (sizes, width) = (self.sizes, self.sizes.width());
        if step + 1 == sizes.steps {
            return R;
        }
        let start = (row * sizes.steps + sizes.time(step + 1)) * width;
        let from = ByRow { values: &from[start..], stride: sizes.steps * width };
        let panel = &self.panels[column * width..];
        let panel = Vectors { values: panel, stride: C * lanes::<S, T>() };
        let tile = from.multiply(simd, zeros::<S, T, R, C>(simd), panel, width);
        for r in 0..R {
            sent[r][..C].copy_from_slice(&tile[r]);
        }
        R
    }

    /// The units of a tile, from the gradients that the step after sends; a whole vector apart, so that
    /// nothing leaves the registers.
    #[inline(never)]
    fn units<S: Simd, U: Unit<T, G>, const G: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
        row: usize,
        sent: &[[T::Vector<S>; TILE[1]]],
    ) {
        let (units, len) = (self.sizes.units, lanes::<S, T>());
        simd.vectorize(
            #[inline(always)]
            || {
                for c in 0..TILE[1] {
                    let column = column + c * len;
                    for (row, sent) in (row..).zip(sent) {
                        if column + len <= units {
                            let columns = column..column + len;
                            self.unit_of_row::<S, U, G>(simd, unit, step, columns, row, sent[c]);
                        } else if column < units {
                            let columns = column..units;
                            self.unit_of_row::<S, U, G>(simd, unit, step, columns, row, sent[c]);
                        }
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn unit_of_row<S: Simd, U: Unit<T, G>, const G: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        columns: Range<usize>,
        row: usize,
        products: T::Vector<S>,
    ) {
        let sizes = self.sizes;
        let start = (row * sizes.steps + sizes.time(step)) * sizes.width();
        let place = |g: usize| shifted(&columns, start + g * sizes.units);
        let kept = self.kept::<S, U, G>(simd, step, row, &columns, start);
        let dh = products + self.output_gradient(simd, step, row, &columns);
        let mut carry = splat(simd, T::ZERO);
        if U::CARRIES {
            carry = load(simd, &self.carry[shifted(&columns, row * sizes.units)]);
        }
        let Gradients { x, r, carry } = unit.backward(simd, kept, dh, carry);
        for g in 0..G {
            store(simd, x[g], &mut self.gates[place(g)]);
            if U::HAS_OWN_PRODUCTS {
                store(simd, r[g], &mut self.recurrent[place(g)]);
            }
        }
        if U::CARRIES {
            store(simd, carry, &mut self.carry[shifted(&columns, row * sizes.units)]);
        }
    }

    /// The gradient of the state from `y`.
    #[inline(always)]
    fn output_gradient<S: Simd>(
        &self,
        simd: S,
        step: usize,
        row: usize,
        columns: &Range<usize>,
    ) -> T::Vector<S> {
        let sizes = self.sizes;
        if sizes.sequences {
            let start = (row * sizes.steps + sizes.time(step)) * sizes.units;
            load(simd, &self.dy[shifted(columns, start)])
        } else if step + 1 == sizes.steps {
            load(simd, &self.dy[shifted(columns, row * sizes.units)])
        } else {
            splat(simd, T::ZERO)
        }
    }

    /// What the forward pass left of a step whose gates begin at `start`.
    #[inline(always)]
    fn kept<S: Simd, U: Unit<T, G>, const G: usize>(
        &self,
        simd: S,
        step: usize,
        row: usize,
        columns: &Range<usize>,
        start: usize,
    ) -> Kept<T::Vector<S>, G> {
        let sizes = self.sizes;
        let zero = splat::<S, T>(simd, T::ZERO);
        let state =
            |step: usize| shifted(columns, (row * sizes.steps + sizes.time(step)) * sizes.units);
        let state_before = load(simd, &self.before[state(step)]);
        let mut kept = Kept { gates: [zero; G], cell: zero, cell_before: zero, state_before };
        for g in 0..G {
            kept.gates[g] = load(simd, &self.gates[shifted(columns, start + g * sizes.units)]);
        }
        if U::HAS_CELL {
            kept.cell = load(simd, &self.cells[state(step)]);
        }
        if U::HAS_CELL && step > 0 {
            kept.cell_before = load(simd, &self.cells[state(step - 1)]);
        }
        kept
    }
}
