//! Recurrent layers, unit by unit.

use super::{memory::Memory, pointwise};
use crate::plan::{Cell, Fun, Recurrence};

/// The sizes, symbols bound.
pub(super) struct Sizes {
    cell: Cell,
    steps: usize,
    units: usize,
    slots: usize,
    reverse: bool,
    sequences: bool,
}

impl Sizes {
    pub(super) fn new(memory: &Memory<'_>, sizes: &Recurrence) -> Self {
        let [steps, units, slots] =
            [&sizes.steps, &sizes.units, &sizes.slots].map(|dim| memory.eval(dim));
        let Recurrence { cell, reverse, sequences, .. } = *sizes;
        Self { cell, steps, units, slots, reverse, sequences }
    }

    fn width(&self) -> usize {
        self.cell.gates() * self.units
    }

    /// The steps in the order of computation.
    fn order(&self) -> Vec<usize> {
        let order = 0..self.steps;
        if self.reverse { order.rev().collect() } else { order.collect() }
    }

    /// Where the gates of a unit lie.
    fn places(&self, sample: usize, time: usize, unit: usize) -> Vec<usize> {
        let start = (sample * self.steps + time) * self.width() + unit;
        (0..self.cell.gates()).map(|gate| start + gate * self.units).collect()
    }
}

/// What a forward pass writes.
pub(super) struct Pass {
    pub(super) y: Vec<f64>,
    pub(super) gates: Vec<f64>,
    pub(super) before: Vec<f64>,
    pub(super) cells: Vec<f64>,
}

pub(super) fn forward(x: &[f64], u: &[f64], bias: Option<&[f64]>, sizes: &Sizes) -> Pass {
    let samples = x.len() / (sizes.steps * sizes.width());
    let states = samples * sizes.slots * sizes.units;
    let y = samples * sizes.units * if sizes.sequences { sizes.steps } else { 1 };
    let gates = x.to_vec();
    let mut pass =
        Pass { y: vec![0.0; y], gates, before: vec![0.0; states], cells: vec![0.0; states] };
    for sample in 0..samples {
        let (mut h, mut c) = (vec![0.0; sizes.units], vec![0.0; sizes.units]);
        for time in sizes.order() {
            let r = sums(&h, u, bias);
            let before = h.clone();
            for unit in 0..sizes.units {
                let places = sizes.places(sample, time, unit);
                let x: Vec<f64> = places.iter().map(|&place| pass.gates[place]).collect();
                let r: Vec<f64> = r.iter().copied().skip(unit).step_by(sizes.units).collect();
                let (gates, cell, state) = unit_of(sizes.cell, &x, &r, before[unit], c[unit]);
                places.iter().zip(gates).for_each(|(&place, gate)| pass.gates[place] = gate);
                (c[unit], h[unit]) = (cell, state);
            }
            let slot = (sample * sizes.slots + time % sizes.slots) * sizes.units;
            pass.before[slot..slot + sizes.units].copy_from_slice(&before);
            pass.cells[slot..slot + sizes.units].copy_from_slice(&c);
            let step = if sizes.sequences { sample * sizes.steps + time } else { sample };
            pass.y[step * sizes.units..(step + 1) * sizes.units].copy_from_slice(&h);
        }
    }
    pass
}

/// State and cell after one time step, from the products with the input and with the state, and from
/// state and cell before.
pub(super) fn step(cell: Cell, [x, r]: &[Vec<f64>; 2], [h, c]: &[Vec<f64>; 2]) -> [Vec<f64>; 2] {
    let of = |sums: &[f64], unit: usize| -> Vec<f64> {
        sums.iter().copied().skip(unit).step_by(h.len()).collect()
    };
    let units = (0..h.len()).map(|unit| {
        let (_, cell, state) = unit_of(cell, &of(x, unit), &of(r, unit), h[unit], c[unit]);
        (state, cell)
    });
    let (states, cells) = units.unzip();
    [states, cells]
}

/// `h · u + bias`.
pub(super) fn sums(h: &[f64], u: &[f64], bias: Option<&[f64]>) -> Vec<f64> {
    let width = u.len() / h.len();
    let sum = |j: usize| h.iter().enumerate().map(|(k, h)| h * u[k * width + j]).sum::<f64>();
    (0..width).map(|j| sum(j) + bias.map_or(0.0, |bias| bias[j])).collect()
}

fn sigmoid(x: f64) -> f64 {
    pointwise::value(Fun::Sigmoid, x)
}

/// The gates, the cell and the state of a unit from the products with the input and with the states,
/// its state and cell before.
fn unit_of(cell: Cell, x: &[f64], r: &[f64], h: f64, c: f64) -> (Vec<f64>, f64, f64) {
    let sum: Vec<f64> = x.iter().zip(r).map(|(x, r)| x + r).collect();
    match cell {
        Cell::RnnTanh => (vec![sum[0].tanh()], 0.0, sum[0].tanh()),
        Cell::RnnRelu => (vec![sum[0].max(0.0)], 0.0, sum[0].max(0.0)),
        Cell::Gru => {
            let (z, reset) = (sigmoid(sum[0]), sigmoid(sum[1]));
            let n = (x[2] + reset * r[2]).tanh();
            (vec![z, reset, n], r[2], z * h + (1.0 - z) * n)
        }
        Cell::Lstm => {
            let (i, f, g, o) = (sigmoid(sum[0]), sigmoid(sum[1]), sum[2].tanh(), sigmoid(sum[3]));
            let c = f * c + i * g;
            (vec![i, f, g, o], c, o * c.tanh())
        }
    }
}

/// The gradients of the products with the input and with the states; `kept` are gates, states before
/// and cells.
pub(super) fn backward(
    dy: &[f64],
    u: &[f64],
    kept: &[Vec<f64>; 3],
    sizes: &Sizes,
) -> [Vec<f64>; 2] {
    let ([gates, before, cells], units) = (kept, sizes.units);
    let mut gradients = [vec![0.0; gates.len()], vec![0.0; gates.len()]];
    for sample in 0..gates.len() / (sizes.steps * sizes.width()) {
        let (mut dh, mut carry) = (vec![0.0; units], vec![0.0; units]);
        let order = sizes.order();
        for (count, &time) in order.iter().enumerate().rev() {
            let step = sample * sizes.steps + time;
            if sizes.sequences {
                dh.iter_mut().zip(&dy[step * units..]).for_each(|(dh, dy)| *dh += dy);
            } else if count + 1 == sizes.steps {
                dh.copy_from_slice(&dy[sample * units..(sample + 1) * units]);
            }
            let mut dr = vec![0.0; sizes.width()];
            for unit in 0..units {
                let cell_at = |time: usize| {
                    cells.get((sample * sizes.steps + time) * units + unit).copied().unwrap_or(0.0)
                };
                let places = sizes.places(sample, time, unit);
                let moment = Moment {
                    gates: places.iter().map(|&place| gates[place]).collect(),
                    h: before[step * units + unit],
                    c: if count == 0 { 0.0 } else { cell_at(order[count - 1]) },
                    cell: cell_at(time),
                };
                let (d, rest) = moment.gradient(sizes.cell, dh[unit], carry[unit]);
                for (gate, (place, [x, r])) in places.into_iter().zip(d).enumerate() {
                    (gradients[0][place], gradients[1][place]) = (x, r);
                    dr[gate * units + unit] = r;
                }
                carry[unit] = rest;
            }
            let weights = u.chunks(sizes.width());
            let sent = weights.map(|u| u.iter().zip(&dr).map(|(u, d)| u * d).sum());
            dh = sent.collect();
        }
    }
    gradients
}

/// What a unit had at one step.
struct Moment {
    gates: Vec<f64>,
    /// The state and the cell before.
    h: f64,
    c: f64,
    cell: f64,
}

impl Moment {
    /// The gradients `[x, r]` of each gate, and what the step before gets besides.
    fn gradient(&self, cell: Cell, dh: f64, carry: f64) -> (Vec<[f64; 2]>, f64) {
        let slope = |fun: Fun, gate: usize| pointwise::derivative(fun, self.gates[gate]);
        let gate = |gate: usize| self.gates[gate];
        match cell {
            Cell::RnnTanh => (vec![[dh * slope(Fun::Tanh, 0); 2]], 0.0),
            Cell::RnnRelu => (vec![[dh * slope(Fun::Relu, 0); 2]], 0.0),
            Cell::Gru => {
                let (dh, [z, reset, n]) = (dh + carry, [gate(0), gate(1), gate(2)]);
                let dn = dh * (1.0 - z) * slope(Fun::Tanh, 2);
                let dz = dh * (self.h - n) * slope(Fun::Sigmoid, 0);
                let d_reset = dn * self.cell * slope(Fun::Sigmoid, 1);
                (vec![[dz; 2], [d_reset; 2], [dn, dn * reset]], dh * z)
            }
            Cell::Lstm => {
                let tanh = self.cell.tanh();
                let dc = carry + dh * gate(3) * pointwise::derivative(Fun::Tanh, tanh);
                let di = dc * gate(2) * slope(Fun::Sigmoid, 0);
                let df = dc * self.c * slope(Fun::Sigmoid, 1);
                let dg = dc * gate(0) * slope(Fun::Tanh, 2);
                let d_out = dh * tanh * slope(Fun::Sigmoid, 3);
                (vec![[di; 2], [df; 2], [dg; 2], [d_out; 2]], dc * gate(1))
            }
        }
    }
}
