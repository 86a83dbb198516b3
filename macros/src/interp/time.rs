//! Verbs of one time step, which keep what later ones need.

use super::{attention, memory::Memory, pointwise};
use crate::plan::{Buf, Taps};

/// Causal layers, each fed by the one before.
pub(super) fn causal_chain(memory: &mut Memory<'_>, x: Buf, layers: &[Taps]) -> Vec<f64> {
    layers.iter().fold(memory.read(x), |x, layer| causal(memory, &x, layer))
}

fn causal(memory: &mut Memory<'_>, x: &[f64], layer: &Taps) -> Vec<f64> {
    let (k, n, w) = (memory.eval(&layer.k), memory.eval(&layer.n), memory.read(layer.w));
    let taps = seen(memory, x, layer);
    let (inputs, outputs) = (k / layer.groups, n / layer.groups);
    let bias = layer.bias.map(|bias| memory.read(bias));
    let sum = |o: usize| -> f64 {
        let first = o / outputs * inputs;
        let products = taps.iter().enumerate().flat_map(|(p, x)| {
            let w = &w;
            (0..inputs).map(move |c| x[first + c] * w[(p * inputs + c) * n + o])
        });
        products.sum::<f64>() + bias.as_ref().map_or(0.0, |bias| bias[o])
    };
    (0..n).map(sum).map(|v| layer.fun.map_or(v, |fun| pointwise::value(fun, v))).collect()
}

/// What each tap sees, the newest input last.
fn seen(memory: &mut Memory<'_>, x: &[f64], layer: &Taps) -> Vec<Vec<f64>> {
    let Some(buf) = layer.ring else { return vec![x.to_vec()] };
    let (mut ring, time) = (memory.read(buf), memory.time);
    let rows = ring.len() / x.len();
    let row = |ago: usize| (time + rows - ago) % rows * x.len();
    ring[row(0)..row(0) + x.len()].copy_from_slice(x);
    let ago = (0..layer.kernel).rev().map(|tap| tap * layer.dilation);
    let seen = ago.map(|ago| ring[row(ago)..row(ago) + x.len()].to_vec()).collect();
    memory.write(buf, ring);
    seen
}

/// `x + table[min(t, rows - 1)]`.
pub(super) fn add_row(memory: &Memory<'_>, x: Buf, table: Buf) -> Vec<f64> {
    let (x, table) = (memory.read(x), memory.read(table));
    let row = memory.time.min(table.len() / x.len() - 1) * x.len();
    x.iter().zip(&table[row..]).map(|(x, t)| x + t).collect()
}

/// `y` turned by the angles of the time step.
pub(super) fn rotate_at(memory: &Memory<'_>, y: Buf, table: Buf, d: usize) -> Vec<f64> {
    let (y, table) = (memory.read(y), memory.read(table));
    let angle = |pair: usize| memory.time as f64 / 1e4_f64.powf(2.0 * pair as f64 / d as f64);
    let computed = (0..d / 2).flat_map(|pair| [angle(pair).sin(), angle(pair).cos()]);
    let row = table.chunks(d).nth(memory.time).map_or_else(|| computed.collect(), <[f64]>::to_vec);
    let heads = y.len() / d;
    attention::rotate(y, &row, heads, d, false)
}

/// Keeps a row in the place of the oldest; yields the rows that are taken.
pub(super) fn keep_row(memory: &mut Memory<'_>, kept: Buf, new: Buf) -> Vec<f64> {
    let (mut rows, new) = (memory.read(kept), memory.read(new));
    let start = memory.time * new.len() % rows.len();
    rows[start..start + new.len()].copy_from_slice(&new);
    let seen = ((memory.time + 1) * new.len()).min(rows.len());
    memory.write(kept, rows.clone());
    rows.truncate(seen);
    rows
}

/// Keeps a column in the place of the oldest; yields the columns that are taken, one after the other.
pub(super) fn keep_column(memory: &mut Memory<'_>, kept: Buf, new: Buf) -> Vec<f64> {
    let (mut rows, new) = (memory.read(kept), memory.read(new));
    let most = rows.len() / new.len();
    for (row, value) in rows.chunks_mut(most).zip(&new) {
        row[memory.time % most] = *value;
    }
    memory.write(kept, rows.clone());
    let seen = 0..most.min(memory.time + 1);
    seen.flat_map(|at| rows.chunks(most).map(move |row| row[at])).collect()
}

/// Moves the mean, and yields it.
pub(super) fn running_mean(memory: &mut Memory<'_>, mean: Buf, x: Buf) -> Vec<f64> {
    let time = memory.time as f64;
    let pairs = memory.read(mean).into_iter().zip(memory.read(x));
    let moved: Vec<f64> = pairs.map(|(mean, x)| (mean * time + x) / (time + 1.0)).collect();
    memory.write(mean, moved.clone());
    moved
}
