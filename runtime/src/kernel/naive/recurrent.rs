//! Recurrent layers, unit by unit.

use alloc::vec::Vec;

use crate::{
    kernel::{Cell, RecurStep, Recurrence},
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

fn sigmoid(x: f64) -> f64 {
    Fun::Sigmoid.value(x)
}

/// Gates, cell and state of a unit from `x + r`, gate by gate.
fn unit(cell: Cell, x: &[f64], r: &[f64], state: f64, before: f64) -> (Vec<f64>, f64, f64) {
    let sum = |gate: usize| x[gate] + r[gate];
    match cell {
        Cell::RnnTanh | Cell::RnnRelu => {
            let fun = if cell == Cell::RnnTanh { Fun::Tanh } else { Fun::Relu };
            let h = fun.value(sum(0));
            (Vec::from([h]), 0.0, h)
        }
        Cell::Gru => {
            let [z, reset] = [sigmoid(sum(0)), sigmoid(sum(1))];
            let n = libm::tanh(x[2] + reset * r[2]);
            (Vec::from([z, reset, n]), r[2], z * state + (1.0 - z) * n)
        }
        Cell::Lstm => {
            let [i, f, o] = [0, 1, 3].map(|gate| sigmoid(sum(gate)));
            let g = libm::tanh(sum(2));
            let c = f * before + i * g;
            (Vec::from([i, f, g, o]), c, o * libm::tanh(c))
        }
    }
}

/// The states of all steps; `gates` come as products with the input.
pub fn recur<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    gates: &mut [T],
    before: &mut [T],
    mut cells: Option<&mut [T]>,
    _packed: &mut [T],
    u: &[T],
    bias: Option<&[T]>,
    rows: usize,
    sizes: Recurrence,
) {
    let Recurrence { cell, steps, units, slots, sequences, .. } = sizes;
    for row in 0..rows {
        let (mut states, mut memory) = (alloc::vec![0.0; units], alloc::vec![0.0; units]);
        for count in 0..steps {
            let time = sizes.time(count);
            let slot = (row * slots + time % slots) * units;
            let old = states.clone();
            for j in 0..units {
                let place = |gate: usize| (row * steps + time) * sizes.width() + gate * units + j;
                let r = |gate: usize| {
                    let weight = |k: usize| u[k * sizes.width() + gate * units + j].to_f64();
                    let sum: f64 = (0..units).map(|k| old[k] * weight(k)).sum();
                    sum + bias.map_or(0.0, |bias| bias[gate * units + j].to_f64())
                };
                let x: Vec<f64> = (0..cell.gates()).map(|g| gates[place(g)].to_f64()).collect();
                let r: Vec<f64> = (0..cell.gates()).map(r).collect();
                let (values, kept, state) = unit(cell, &x, &r, old[j], memory[j]);
                values.iter().enumerate().for_each(|(g, v)| gates[place(g)] = T::from_f64(*v));
                before[slot + j] = T::from_f64(old[j]);
                if let Some(cells) = &mut cells {
                    cells[slot + j] = T::from_f64(kept);
                }
                (memory[j], states[j]) = (kept, state);
                if sequences {
                    y[(row * steps + time) * units + j] = T::from_f64(state);
                } else {
                    y[row * units + j] = T::from_f64(state);
                }
            }
        }
    }
}

/// The state after one more time step.
pub fn recur_step<T: Scalar>(_cpu: Cpu, layer: &mut RecurStep<'_, T>) {
    let (gates, units) = (layer.cell.gates(), layer.units);
    let sums = |x: &[T], w: &[T], bias: Option<&[T]>, j: usize| -> Vec<f64> {
        let sum = |gate: usize| {
            let at = gate * units + j;
            let products = x.iter().enumerate();
            let products = products.map(|(k, x)| x.to_f64() * w[k * gates * units + at].to_f64());
            products.sum::<f64>() + bias.map_or(0.0, |bias| bias[at].to_f64())
        };
        (0..gates).map(sum).collect()
    };
    for j in 0..units {
        let x = sums(layer.x, layer.w, layer.bias, j);
        let r = sums(layer.state, layer.u, layer.recurrent_bias, j);
        let before = layer.cells.as_ref().map_or(0.0, |cells| cells[j].to_f64());
        let (_, kept, state) = unit(layer.cell, &x, &r, layer.state[j].to_f64(), before);
        layer.y[j] = T::from_f64(state);
        if let Some(cells) = &mut layer.cells {
            cells[j] = T::from_f64(kept);
        }
    }
    layer.state.copy_from_slice(layer.y);
}

/// What a unit keeps of a step.
struct Kept {
    gates: Vec<f64>,
    cell: f64,
    cell_before: f64,
    state_before: f64,
}

/// The gradients of `x` and of `r`, and what the step before gets besides, from that of the state and
/// what the step after handed over.
fn unit_grad(cell: Cell, kept: &Kept, dh: f64, carry: f64) -> (Vec<f64>, Vec<f64>, f64) {
    let slope = |y: f64| y * (1.0 - y);
    match (cell, kept.gates.as_slice()) {
        (Cell::Gru, &[z, reset, n]) => {
            let dh = dh + carry;
            let dn = dh * (1.0 - z) * (1.0 - n * n);
            let dz = dh * (kept.state_before - n) * slope(z);
            let d_reset = dn * kept.cell * slope(reset);
            (Vec::from([dz, d_reset, dn]), Vec::from([dz, d_reset, dn * reset]), dh * z)
        }
        (Cell::Lstm, &[i, f, g, o]) => {
            let seen = libm::tanh(kept.cell);
            let dc = carry + dh * o * (1.0 - seen * seen);
            let d = [
                dc * g * slope(i),
                dc * kept.cell_before * slope(f),
                dc * i * (1.0 - g * g),
                dh * seen * slope(o),
            ];
            (Vec::from(d), Vec::from(d), dc * f)
        }
        (Cell::RnnRelu, &[h]) => {
            let d = dh * Fun::Relu.derivative(h);
            (Vec::from([d]), Vec::from([d]), 0.0)
        }
        (_, gates) => {
            let d = dh * Fun::Tanh.derivative(gates[0]);
            (Vec::from([d]), Vec::from([d]), 0.0)
        }
    }
}

/// The gradients of the products with the input and with the states.
pub fn recur_grad<T: Scalar>(
    _cpu: Cpu,
    gates: &mut [T],
    mut recurrent: Option<&mut [T]>,
    mut carry: Option<&mut [T]>,
    _packed: &mut [T],
    dy: &[T],
    u: &[T],
    before: &[T],
    cells: Option<&[T]>,
    rows: usize,
    sizes: Recurrence,
) {
    let Recurrence { cell, steps, units, sequences, .. } = sizes;
    let width = sizes.width();
    for row in 0..rows {
        let (mut handed, mut sent) = (alloc::vec![0.0; units], alloc::vec![0.0; units]);
        for count in (0..steps).rev() {
            let step = row * steps + sizes.time(count);
            let last = row * steps + sizes.time(count.saturating_sub(1));
            let mut products = alloc::vec![0.0; width];
            for j in 0..units {
                let own = match (sequences, count + 1 == steps) {
                    (true, _) => dy[step * units + j].to_f64(),
                    (false, true) => dy[row * units + j].to_f64(),
                    (false, false) => 0.0,
                };
                let place = |gate: usize| step * width + gate * units + j;
                let cell_at =
                    |step: usize| cells.map_or(0.0, |cells| cells[step * units + j].to_f64());
                let kept = Kept {
                    gates: (0..cell.gates()).map(|g| gates[place(g)].to_f64()).collect(),
                    cell: cell_at(step),
                    cell_before: if count == 0 { 0.0 } else { cell_at(last) },
                    state_before: before[step * units + j].to_f64(),
                };
                let (dx, dr, rest) = unit_grad(cell, &kept, own + sent[j], handed[j]);
                for (gate, (dx, dr)) in dx.iter().zip(&dr).enumerate() {
                    gates[place(gate)] = T::from_f64(*dx);
                    if let Some(recurrent) = &mut recurrent {
                        recurrent[place(gate)] = T::from_f64(*dr);
                    }
                    products[gate * units + j] = *dr;
                }
                handed[j] = rest;
            }
            for (k, sent) in sent.iter_mut().enumerate() {
                let weights = u[k * width..(k + 1) * width].iter();
                *sent = weights.zip(&products).map(|(u, d)| u.to_f64() * d).sum();
            }
        }
        if let Some(carry) = &mut carry {
            let own = carry[row * units..].iter_mut().zip(&handed);
            own.for_each(|(carry, handed)| *carry = T::from_f64(*handed));
        }
    }
}
