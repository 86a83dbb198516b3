//! One time step of a recurrent layer.

use fearless_simd::{SimdBase, SimdFloat};

use super::{
    Cell,
    cell::{Gru, Lstm, Rnn, Unit, Values},
    leveled,
};
use crate::{
    kernel::lanes::{lanes, load, splat, store},
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// A recurrent layer at one time step: what it reads, and what it keeps for the next.
#[derive(Debug)]
pub struct RecurStep<'a, T> {
    /// What a unit computes.
    pub cell: Cell,
    /// `[units]`, the new state.
    pub y: &'a mut [T],
    /// `[k]`.
    pub x: &'a [T],
    /// `[units]`, the state of the last step, which becomes the new one.
    pub state: &'a mut [T],
    /// `[units]`, the cell of an LSTM.
    pub cells: Option<&'a mut [T]>,
    /// `[2, gates, units]`, workspace.
    pub products: &'a mut [T],
    /// `[k, gates, units]`.
    pub w: &'a [T],
    /// `[units, gates, units]`.
    pub u: &'a [T],
    /// `[gates, units]`.
    pub bias: Option<&'a [T]>,
    /// `[gates, units]`, inside the reset of a GRU.
    pub recurrent_bias: Option<&'a [T]>,
    /// Inputs.
    pub k: usize,
    /// Units.
    pub units: usize,
}

/// The state after one more time step.
pub(crate) fn recur_step<T: Scalar>(cpu: Cpu, layer: &mut RecurStep<'_, T>) {
    match layer.cell {
        Cell::RnnTanh | Cell::RnnRelu => {
            let relu = layer.cell == Cell::RnnRelu;
            step(cpu, Rnn { relu }, layer);
        }
        Cell::Gru => step(cpu, Gru, layer),
        Cell::Lstm => step(cpu, Lstm, layer),
    }
}

fn step<T: Scalar, U: Unit<T, G>, const G: usize>(cpu: Cpu, unit: U, layer: &mut RecurStep<'_, T>) {
    let cpu = leveled::<T>(cpu, layer.units);
    dispatch!(T, cpu, simd => layer.run(simd, cpu, unit));
}

/// Vectors of the units of each gate.
type Gates<T, S, const G: usize, const V: usize> = [[<T as Scalar>::Vector<S>; V]; G];

impl<T: Scalar> RecurStep<'_, T> {
    #[inline(always)]
    fn run<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, cpu: Cpu, unit: U) {
        let len = lanes::<S, T>();
        if self.units == len {
            self.at_once::<S, U, G, 1>(simd, unit);
        } else if self.units == 2 * len {
            self.at_once::<S, U, G, 2>(simd, unit);
        } else {
            self.by_products(simd, cpu, unit);
        }
    }

    /// `V` vectors of units, whose sums stay in registers. The gates whose products with the input and
    /// with the state are one sum have it among the latter: only the last may have sums of its own.
    #[inline(always)]
    fn at_once<S: Simd, U: Unit<T, G>, const G: usize, const V: usize>(
        &mut self,
        simd: S,
        unit: U,
    ) {
        // What adds nothing, not even to -0.
        let nothing = [[splat::<S, T>(simd, -T::ZERO); V]; G];
        let mut x = sums_from::<S, T, G, V>(simd, self.bias);
        add_products(simd, &mut x, self.x, self.w);
        let (mut even, mut odd) = (nothing, x);
        if U::HAS_OWN_PRODUCTS {
            even = sums_from::<S, T, G, V>(simd, self.recurrent_bias);
            odd[G - 1] = nothing[G - 1];
        }
        add_in_turn(simd, [&mut even, &mut odd], self.state, self.u);
        for v in 0..V {
            let mut gates = [[splat::<S, T>(simd, T::ZERO); G]; 2];
            for g in 0..G {
                let is_own = U::HAS_OWN_PRODUCTS && g == G - 1;
                gates[0][g] = if is_own { x[g][v] } else { nothing[g][v] };
                gates[1][g] = even[g][v] + odd[g][v];
            }
            self.unit(simd, unit, v * lanes::<S, T>(), gates);
        }
    }

    /// The products by the kernels of matrices, then the units: a function of its own, whose many
    /// variables are kept from [`Self::at_once`].
    #[inline(never)]
    fn by_products<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, cpu: Cpu, unit: U) {
        self.multiply::<G>(cpu);
        simd.vectorize(
            #[inline(always)]
            || self.every_unit(simd, unit),
        );
    }

    fn multiply<const G: usize>(&mut self, cpu: Cpu) {
        let (units, width) = (self.units, G * self.units);
        let (of_x, of_state) = self.products.split_at_mut(width);
        T::gemm(cpu, of_x, self.x, self.w, self.bias, None, 1, self.k, width);
        T::gemm(cpu, of_state, self.state, self.u, self.recurrent_bias, None, 1, units, width);
    }

    #[inline(always)]
    fn every_unit<S: Simd, U: Unit<T, G>, const G: usize>(&mut self, simd: S, unit: U) {
        let (units, width) = (self.units, G * self.units);
        for column in (0..units).step_by(lanes::<S, T>()) {
            let count = lanes::<S, T>().min(units - column);
            let mut gates = [[splat::<S, T>(simd, T::ZERO); G]; 2];
            for g in 0..G {
                let at = g * units + column;
                gates[0][g] = load(simd, &self.products[at..at + count]);
                gates[1][g] = load(simd, &self.products[width + at..width + at + count]);
            }
            self.unit(simd, unit, column, gates);
        }
    }

    /// A vector of units, from `column` on, by the sums from the input and from the state.
    #[inline(always)]
    fn unit<S: Simd, U: Unit<T, G>, const G: usize>(
        &mut self,
        simd: S,
        unit: U,
        column: usize,
        [x, recurrent]: [[T::Vector<S>; G]; 2],
    ) {
        let columns = column..self.units.min(column + lanes::<S, T>());
        let before = load(simd, &self.state[columns.clone()]);
        let cell_before = match &self.cells {
            Some(cells) => load(simd, &cells[columns.clone()]),
            None => splat(simd, T::ZERO),
        };
        let Values { cell, state, .. } = unit.forward(simd, x, recurrent, before, cell_before);
        if let Some(cells) = &mut self.cells {
            store(simd, cell, &mut cells[columns.clone()]);
        }
        store(simd, state, &mut self.state[columns.clone()]);
        store(simd, state, &mut self.y[columns]);
    }
}

#[inline(always)]
fn sums_from<S: Simd, T: Scalar, const G: usize, const V: usize>(
    simd: S,
    bias: Option<&[T]>,
) -> Gates<T, S, G, V> {
    let mut sums = [[splat::<S, T>(simd, T::ZERO); V]; G];
    if let Some(bias) = bias {
        let bias = &bias[..G * V * lanes::<S, T>()];
        let rows = bias.chunks_exact(V * lanes::<S, T>());
        for (sums, bias) in sums.iter_mut().zip(rows) {
            for (sum, bias) in sums.iter_mut().zip(bias.chunks_exact(lanes::<S, T>())) {
                *sum = T::Vector::<S>::from_slice(simd, bias);
            }
        }
    }
    sums
}

/// `sums += x · w`.
#[inline(always)]
fn add_products<S: Simd, T: Scalar, const G: usize, const V: usize>(
    simd: S,
    sums: &mut Gates<T, S, G, V>,
    x: &[T],
    w: &[T],
) {
    for (x, row) in x.iter().zip(w.chunks_exact(G * V * lanes::<S, T>())) {
        add_row::<S, T, G, V>(simd, sums, splat(simd, *x), row);
    }
}

/// `even + odd += x · w`: half as many products wait for each other as in one sum.
#[inline(always)]
fn add_in_turn<S: Simd, T: Scalar, const G: usize, const V: usize>(
    simd: S,
    [even, odd]: [&mut Gates<T, S, G, V>; 2],
    x: &[T],
    w: &[T],
) {
    let width = G * V * lanes::<S, T>();
    for (x, rows) in x.chunks_exact(2).zip(w.chunks_exact(2 * width)) {
        add_row::<S, T, G, V>(simd, even, splat(simd, x[0]), &rows[..width]);
        add_row::<S, T, G, V>(simd, odd, splat(simd, x[1]), &rows[width..]);
    }
}

/// `sums += x · row`.
#[inline(always)]
fn add_row<S: Simd, T: Scalar, const G: usize, const V: usize>(
    simd: S,
    sums: &mut Gates<T, S, G, V>,
    x: T::Vector<S>,
    row: &[T],
) {
    let len = lanes::<S, T>();
    for g in 0..G {
        for v in 0..V {
            let weight = T::Vector::<S>::from_slice(simd, &row[(g * V + v) * len..][..len]);
            sums[g][v] = weight.mul_add(x, sums[g][v]);
        }
    }
}
