//! The forward pass of some samples, step by step.

use core::ops::Range;

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    Recurrence,
    cell::{Unit, Values},
};
use crate::{
    kernel::lanes::{lanes, load, many_registers, splat, store},
    simd::{Scalar, Simd},
};

/// Some samples, one behind the other in each slice, and what all share.
pub(super) struct Part<'a, T> {
    pub(super) y: &'a mut [T],
    pub(super) gates: &'a mut [T],
    pub(super) before: &'a mut [T],
    pub(super) cells: &'a mut [T],
    pub(super) panels: &'a [T],
    pub(super) bias: Option<&'a [T]>,
    pub(super) rows: usize,
    pub(super) sizes: Recurrence,
}

impl<T: Scalar> Part<'_, T> {
    #[inline(always)]
    pub(super) fn run<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, unit: U) {
        let Recurrence { steps, units, .. } = self.sizes;
        for row in 0..self.rows {
            let first = self.state(row, self.sizes.time(0));
            self.before[first..first + units].fill(T::ZERO);
        }
        for step in 0..steps {
            for column in (0..units).step_by(lanes::<S, T>()) {
                self.column::<S, U, G>(simd, unit, step, column);
            }
        }
    }

    /// Where the state of a step begins.
    #[inline(always)]
    fn state(&self, row: usize, time: usize) -> usize {
        let Recurrence { units, slots, .. } = self.sizes;
        (row * slots + time % slots) * units
    }

    /// A vector of units of all samples: a function of its own, in which nothing else wants registers.
    #[inline(never)]
    fn column<S: Simd, U: Unit<T, G>, const G: usize>(
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
                        6.. if const { many_registers::<S, T>() } => {
                            self.tile::<S, U, G, 6>(simd, unit, step, column, row)
                        }
                        4 | 5 if const { many_registers::<S, T>() } => {
                            self.tile::<S, U, G, 4>(simd, unit, step, column, row)
                        }
                        1 => self.tile::<S, U, G, 1>(simd, unit, step, column, row),
                        2 | 4 => self.tile::<S, U, G, 2>(simd, unit, step, column, row),
                        _ => self.tile::<S, U, G, 3>(simd, unit, step, column, row),
                    };
                }
            },
        );
    }

    /// A vector of units of `R` samples; yields `R`.
    #[inline(always)]
    fn tile<S: Simd, U: Unit<T, G>, const G: usize, const R: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
        row: usize,
    ) -> usize {
        let sums = self.products::<S, G, R>(simd, step, column, row);
        for r in 0..R {
            self.unit(simd, unit, step, column, row + r, sums[r]);
        }
        R
    }

    /// `before · u + bias` of the gates of a vector of units.
    #[inline(always)]
    fn products<S: Simd, const G: usize, const R: usize>(
        &self,
        simd: S,
        step: usize,
        column: usize,
        row: usize,
    ) -> [[T::Vector<S>; G]; R] {
        let (units, len) = (self.sizes.units, lanes::<S, T>());
        let time = self.sizes.time(step);
        let mut sums = [[splat::<S, T>(simd, T::ZERO); G]; R];
        if let Some(bias) = self.bias {
            for g in 0..G {
                let end = (column + len).min(units);
                let start = load::<S, T>(simd, &bias[g * units + column..g * units + end]);
                for r in 0..R {
                    sums[r][g] = start;
                }
            }
        }
        if step == 0 {
            return sums;
        }
        let mut states = [&*self.before; R];
        for r in 0..R {
            let start = self.state(row + r, time);
            states[r] = &self.before[start..start + units];
        }
        let panel = &self.panels[column * G * units..][..units * G * len];
        for k in 0..units {
            let weights = &panel[k * G * len..(k + 1) * G * len];
            for r in 0..R {
                let state = splat::<S, T>(simd, states[r][k]);
                for g in 0..G {
                    let weight = T::Vector::<S>::from_slice(simd, &weights[g * len..(g + 1) * len]);
                    sums[r][g] = state.mul_add(weight, sums[r][g]);
                }
            }
        }
        sums
    }

    /// A vector of units of one sample, from its products with the states before; a whole vector apart, so
    /// that nothing leaves the registers.
    #[inline(never)]
    fn unit<S: Simd, U: Unit<T, G>, const G: usize>(
        &mut self,
        simd: S,
        unit: U,
        step: usize,
        column: usize,
        row: usize,
        products: [T::Vector<S>; G],
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
        products: [T::Vector<S>; G],
    ) {
        let (sizes, time) = (self.sizes, self.sizes.time(step));
        let start = (row * sizes.steps + time) * sizes.width();
        let mut x = products;
        for g in 0..G {
            x[g] = load(simd, &self.gates[shifted(&columns, start + g * sizes.units)]);
        }
        let state_before = load(simd, &self.before[shifted(&columns, self.state(row, time))]);
        let mut cell_before = splat(simd, T::ZERO);
        if U::HAS_CELL && step > 0 {
            let last = self.state(row, sizes.time(step - 1));
            cell_before = load(simd, &self.cells[shifted(&columns, last)]);
        }
        let Values { gates, cell, state } =
            unit.forward(simd, x, products, state_before, cell_before);
        for g in 0..G {
            store(simd, gates[g], &mut self.gates[shifted(&columns, start + g * sizes.units)]);
        }
        if U::HAS_CELL {
            let place = shifted(&columns, self.state(row, time));
            store(simd, cell, &mut self.cells[place]);
        }
        self.keep(simd, step, row, &columns, state);
    }

    /// Hands a state to the next step, and to `y`.
    #[inline(always)]
    fn keep<S: Simd>(
        &mut self,
        simd: S,
        step: usize,
        row: usize,
        columns: &Range<usize>,
        state: T::Vector<S>,
    ) {
        let sizes = self.sizes;
        let is_last = step + 1 == sizes.steps;
        if !is_last {
            let place = shifted(columns, self.state(row, sizes.time(step + 1)));
            store(simd, state, &mut self.before[place]);
        }
        if sizes.sequences {
            let start = (row * sizes.steps + sizes.time(step)) * sizes.units;
            store(simd, state, &mut self.y[shifted(columns, start)]);
        } else if is_last {
            store(simd, state, &mut self.y[shifted(columns, row * sizes.units)]);
        }
    }
}

#[inline(always)]
pub(super) fn shifted(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}
