//! Recurrent layers, and what is done at one time step.

use crate::{
    interp::{memory::Memory, recurrent, time},
    plan::{Buf, Sequence},
};

pub(super) fn run(memory: &mut Memory<'_>, verb: &Sequence) {
    let read = |buf: &Buf| memory.read(*buf);
    match verb {
        Sequence::CausalChain { y, x, layers } => {
            let values = time::causal_chain(memory, *x, layers);
            memory.write(*y, values);
        }
        Sequence::AddRow { y, x, table } => memory.write(*y, time::add_row(memory, *x, *table)),
        Sequence::RunningMean { y, mean, x } => {
            let values = time::running_mean(memory, *mean, *x);
            memory.write(*y, values);
        }
        Sequence::Recur { y, gates, before, cells, u, bias, sizes, .. } => {
            let sizes = recurrent::Sizes::new(memory, sizes);
            let bias = bias.as_ref().map(read);
            let pass = recurrent::forward(&read(gates), &read(u), bias.as_deref(), &sizes);
            memory.write(*y, pass.y);
            memory.write(*gates, pass.gates);
            memory.write(*before, pass.before);
            if let Some(cells) = cells {
                memory.write(*cells, pass.cells);
            }
        }
        Sequence::RecurStep {
            y, x, state, cells, w, u, bias, recurrent_bias, cell, units, ..
        } => {
            let units = memory.eval(units);
            let kept = [read(state), cells.as_ref().map_or_else(|| vec![0.0; units], &read)];
            let sums = [
                recurrent::sums(&read(x), &read(w), bias.as_ref().map(&read).as_deref()),
                recurrent::sums(&kept[0], &read(u), recurrent_bias.as_ref().map(&read).as_deref()),
            ];
            let [h, c] = recurrent::step(*cell, &sums, &kept);
            memory.write(*y, h.clone());
            memory.write(*state, h);
            if let Some(cells) = cells {
                memory.write(*cells, c);
            }
        }
        Sequence::RecurGrad { gates, recurrent, dy, u, before, cells, sizes, .. } => {
            let sizes = recurrent::Sizes::new(memory, sizes);
            let kept = [read(gates), read(before), cells.as_ref().map(read).unwrap_or_default()];
            let [x, r] = recurrent::backward(&read(dy), &read(u), &kept, &sizes);
            memory.write(*gates, x);
            if let Some(recurrent) = recurrent {
                memory.write(*recurrent, r);
            }
        }
    }
}
