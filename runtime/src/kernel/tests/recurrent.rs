//! Recurrent layers.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{SIZES, check};
use crate::{
    kernel::{Cell, RecurStep, Recurrence, naive},
    simd::{Cpu, Scalar},
    testing::values,
};

const CELLS: [Cell; 4] = [Cell::RnnTanh, Cell::RnnRelu, Cell::Gru, Cell::Lstm];

/// Room for the recurrent weight at every level.
fn room<T: Scalar>(sizes: &Recurrence) -> Vec<T> {
    alloc::vec![T::from_f64(f64::NAN); sizes.units.next_multiple_of(16) * sizes.width()]
}

/// Weights that neither damp the states nor let them grow.
fn weights<T: Scalar>(sizes: &Recurrence, seed: u64) -> Vec<T> {
    let mut u: Vec<T> = values(sizes.units * sizes.width(), seed);
    let scale = T::from_f64(0.7 / libm::sqrt(sizes.units as f64));
    u.iter_mut().for_each(|u| *u *= scale);
    u
}

fn forward<T: Scalar>(rows: usize, sizes: Recurrence, seed: u64) {
    let (states, width) = (rows * sizes.slots * sizes.units, rows * sizes.steps * sizes.width());
    let (x, u): (Vec<T>, Vec<T>) = (values(width, seed), weights(&sizes, seed + 1));
    let bias: Vec<T> = values(sizes.width(), seed + 2);
    let bias = seed.is_multiple_of(2).then_some(&bias[..]);
    let has_cells = matches!(sizes.cell, Cell::Gru | Cell::Lstm);
    let lens = [rows * sizes.output(), width, states, if has_cells { states } else { 0 }];
    check::<T>(&lens, |twin, cpu, out| {
        let [y, gates, before, cells] = out else { unreachable!("four outputs") };
        gates.copy_from_slice(&x);
        let cells = has_cells.then_some(&mut cells[..]);
        let run = if twin { naive::recur } else { T::recur };
        run(cpu, y, gates, before, cells, &mut room(&sizes), &u, bias, rows, sizes);
    });
}

fn backward<T: Scalar>(rows: usize, sizes: Recurrence, seed: u64) {
    let sizes = Recurrence { slots: sizes.steps, ..sizes };
    let (states, width) = (rows * sizes.steps * sizes.units, rows * sizes.steps * sizes.width());
    let (mut kept, u): (Vec<T>, Vec<T>) = (values(width, seed), weights(&sizes, seed + 1));
    let dy: Vec<T> = values(rows * sizes.output(), seed + 2);
    let [mut y, mut before, mut cells] =
        [rows * sizes.output(), states, states].map(|len| alloc::vec![T::ZERO; len]);
    let (cpu, room_of) = (Cpu::detect(), &mut room(&sizes));
    let has_cells = matches!(sizes.cell, Cell::Gru | Cell::Lstm);
    let of_cells = has_cells.then_some(&mut cells[..]);
    naive::recur(cpu, &mut y, &mut kept, &mut before, of_cells, room_of, &u, None, rows, sizes);
    let cells = has_cells.then_some(&cells[..]);
    let is_gru = sizes.cell == Cell::Gru;
    let lens = [width, if is_gru { width } else { 0 }];
    check::<T>(&lens, |twin, cpu, out| {
        let [gates, recurrent] = out else { unreachable!("two outputs") };
        gates.copy_from_slice(&kept);
        let recurrent = is_gru.then_some(&mut recurrent[..]);
        let mut carry: Vec<T> = values(rows * sizes.units, 9);
        let carry = has_cells.then_some(&mut carry[..]);
        let run = if twin { naive::recur_grad } else { T::recur_grad };
        let room = &mut room(&sizes);
        run(cpu, gates, recurrent, carry, room, &dy, &u, &before, cells, rows, sizes);
    });
}

fn both_ways(rows: usize, sizes: Recurrence, seed: u64) {
    forward::<f32>(rows, sizes, seed);
    forward::<f64>(rows, sizes, seed);
    backward::<f32>(rows, sizes, seed);
    backward::<f64>(rows, sizes, seed);
}

/// Some time steps from zeros; what is kept is compared too.
fn steps<T: Scalar>(cell: Cell, k: usize, units: usize, steps: usize, seed: u64) {
    let width = cell.gates() * units;
    let (x, bias): (Vec<T>, Vec<T>) = (values(steps * k, seed), values(width, seed + 1));
    let [w, u] = [k, units].map(|rows| {
        let scale = T::from_f64(0.7 / libm::sqrt(rows as f64));
        let w: Vec<T> = values(rows * width, seed + rows as u64);
        w.into_iter().map(|w| w * scale).collect::<Vec<T>>()
    });
    let bias = seed.is_multiple_of(2).then_some(&bias[..]);
    let recurrent_bias = bias.filter(|_| cell == Cell::Gru);
    let is_lstm = cell == Cell::Lstm;
    let lens = [steps * units, units, if is_lstm { units } else { 0 }];
    check::<T>(&lens, |twin, cpu, out| {
        let [y, state, cells] = out else { unreachable!("three outputs") };
        state.fill(T::ZERO);
        cells.fill(T::ZERO);
        let products = &mut alloc::vec![T::from_f64(f64::NAN); 2 * width][..];
        for (y, x) in y.chunks_exact_mut(units).zip(x.chunks_exact(k)) {
            let cells = is_lstm.then_some(&mut cells[..]);
            let (state, products) = (&mut state[..], &mut *products);
            let (w, u) = (&w[..], &u[..]);
            let run = if twin { naive::recur_step } else { T::recur_step };
            run(
                cpu,
                &mut RecurStep {
                    cell,
                    y,
                    x,
                    state,
                    cells,
                    products,
                    w,
                    u,
                    bias,
                    recurrent_bias,
                    k,
                    units,
                },
            );
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn time_steps(
        cell in prop::sample::select(&CELLS[..]),
        k in 1..20_usize,
        units in prop::sample::select(&SIZES[..]),
        count in 1..6_usize,
        seed in 0..1000_u64,
    ) {
        steps::<f32>(cell, k, units, count, seed);
        steps::<f64>(cell, k, units, count, seed);
    }

    #[test]
    fn sequences(
        cell in prop::sample::select(&CELLS[..]),
        rows in 1..15_usize,
        steps in 1..6_usize,
        units in prop::sample::select(&SIZES[..]),
        reverse: bool,
        sequences: bool,
        keeps_all: bool,
        seed in 0..1000_u64,
    ) {
        let slots = if keeps_all { steps } else { steps.min(2) };
        both_ways(rows, Recurrence { cell, steps, units, slots, reverse, sequences }, seed);
    }
}

#[test]
fn no_rows_and_one_step() {
    for cell in CELLS {
        let sizes =
            Recurrence { cell, steps: 1, units: 3, slots: 1, reverse: false, sequences: true };
        both_ways(0, sizes, 1);
        both_ways(1, sizes, 1);
    }
}
