//! The backward pass of some samples, from the step computed last to the first.

use core::ops::Range;

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    Recurrence,
    cell::{Gradients, Kept, Unit},
    forward::shifted,
};
use crate::{
    kernel::{
        lanes::{lanes, load, splat, store},
        tile::{Tile, zeros},
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

impl<T: Scalar> Part<'_, T> {
    #[inline(always)]
    pub(super) fn run<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, unit: U) {
        self.carry.fill(T::ZERO);
        let (units, len) = (self.sizes.units, lanes::<S, T>());
        for step in (0..self.sizes.steps).rev() {
            let mut column = 0;
            while column < units {
                if units - column > len {
                    self.columns::<S, U, G, 2>(simd, unit, step, column);
                    column += 2 * len;
                } else {
                    self.columns::<S, U, G, 1>(simd, unit, step, column);
                    column += len;
                }
            }
        }
    }

    /// `C` vectors of units of all samples: a function of its own, in which nothing else wants registers.
    #[inline(never)]
    fn columns<S: Simd, U: Unit<T, G>, const G: usize, const C: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
    ) {
        simd.vectorize(
            #[inline(always)]
            || {
                let mut row = 0;
                while row < self.rows {
                    row += match self.rows - row {
                        1 => self.tile::<S, U, G, 1, C>(simd, unit, step, column, row),
                        2 | 3 => self.tile::<S, U, G, 2, C>(simd, unit, step, column, row),
                        4 | 5 | 8 => self.tile::<S, U, G, 4, C>(simd, unit, step, column, row),
                        _ => self.tile::<S, U, G, 6, C>(simd, unit, step, column, row),
                    };
                }
            },
        );
    }

    /// `C` vectors of units of `R` samples; yields `R`.
    #[inline(always)]
    fn tile<S: Simd, U: Unit<T, G>, const G: usize, const R: usize, const C: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
        row: usize,
    ) -> usize {
        let len = lanes::<S, T>();
        let tile = self.products::<S, U, G, R, C>(simd, step, column, row);
        for c in 0..C {
            for r in 0..R {
                self.unit(simd, unit, step, column + c * len, row + r, tile[r][c]);
            }
        }
        R
    }

    /// The gradients of the states of a step from the products of the step after: `d · uᵀ`.
    #[inline(always)]
    fn products<S: Simd, U: Unit<T, G>, const G: usize, const R: usize, const C: usize>(
        &self,
        simd: S,
        step: usize,
        column: usize,
        row: usize,
    ) -> Tile<T::Vector<S>, R, C> {
        let (sizes, len) = (self.sizes, lanes::<S, T>());
        let mut tile = zeros::<S, T, R, C>(simd);
        if step + 1 == sizes.steps {
            return tile;
        }
        let (time, width) = (sizes.time(step + 1), sizes.width());
        let gradients = if U::HAS_OWN_PRODUCTS { &*self.recurrent } else { &*self.gates };
        let mut rows = [gradients; R];
        for r in 0..R {
            rows[r] = &gradients[((row + r) * sizes.steps + time) * width..][..width];
        }
        let mut panels = [self.panels; C];
        for c in 0..C {
            panels[c] = &self.panels[(column + c * len) * width..][..len * width];
        }
        for n in 0..width {
            let mut weights = [splat::<S, T>(simd, T::ZERO); C];
            for c in 0..C {
                weights[c] = T::Vector::<S>::from_slice(simd, &panels[c][n * len..(n + 1) * len]);
            }
            for r in 0..R {
                let gradient = splat::<S, T>(simd, rows[r][n]);
                for c in 0..C {
                    tile[r][c] = gradient.mul_add(weights[c], tile[r][c]);
                }
            }
        }
        tile
    }

    /// A vector of units of one sample, from the gradient that the step after sends; a whole vector apart,
    /// so that nothing leaves the registers.
    #[inline(never)]
    fn unit<S: Simd, U: Unit<T, G>, const G: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
        row: usize,
        products: T::Vector<S>,
    ) {
        let (units, end) = (self.sizes.units, column + lanes::<S, T>());
        simd.vectorize(
            #[inline(always)]
            || {
                if end <= units {
                    let columns = column..column + lanes::<S, T>();
                    self.unit_of_row::<S, U, G>(simd, unit, step, columns, row, products);
                } else {
                    self.unit_of_row::<S, U, G>(simd, unit, step, column..units, row, products);
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
