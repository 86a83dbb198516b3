//! What the networks cost at least: operations and bytes, beside what the machine can do.

use monograd::{network::LayerInfo, prelude::*};

/// A work of a network, measured and at best.
pub(crate) struct Line {
    pub(crate) what: String,
    /// Operations, a multiply-add counting as two.
    pub(crate) operations: f64,
    /// Bytes that have to pass through the processor, whatever the batch.
    pub(crate) bytes: f64,
    pub(crate) measured: f64,
}

impl Line {
    /// One row of a table; the floor is what takes longer, the operations at `peak` or the bytes at
    /// `bandwidth`, both a second.
    pub(crate) fn row(&self, network: &str, peak: f64, bandwidth: f64) -> String {
        let floor = (self.operations / peak).max(self.bytes / bandwidth);
        format!(
            "| {network} | {} | {:.3} | {:.3} | {:.3} | {:.3} | {:.0} % |",
            self.what,
            self.operations * 1e-6,
            self.bytes * 1e-6,
            floor * 1e6,
            self.measured * 1e6,
            100.0 * floor / self.measured
        )
    }
}

/// The head of the table of rows.
pub(crate) const HEAD: &str = "\
| network | | MFLOP | MB | floor, µs | measured, µs | share of the floor |
|---|---|---|---|---|---|---|";

/// Operations of inference of one sample.
pub(crate) fn inference<N: Network>() -> f64 {
    2.0 * N::MACS as f64
}

/// Operations of a training step for one sample. The gradients of weights and of inputs cost as much
/// as the outputs; the first layer has no gradient of its input, and behind a maximum over a window
/// the gradient of one position in it is not zero.
pub(crate) fn training<N: Network>() -> f64 {
    let layers = N::LAYERS;
    let first = layers.iter().position(|layer| layer.macs > 0);
    let cost = |(index, layer): (usize, &LayerInfo)| {
        let gradients = if Some(index) == first { 1.0 } else { 2.0 };
        2.0 * layer.macs as f64 * (1.0 + gradients * winners(&layers[index..]))
    };
    layers.iter().enumerate().map(cost).sum()
}

/// The share of a layer's outputs with a gradient: `1/4` before pooling over windows of two by two.
fn winners(layers: &[LayerInfo]) -> f64 {
    let size = |layer: &LayerInfo| layer.output.iter().product::<usize>() as f64;
    let next = layers[1..].iter().find(|layer| layer.output != layers[0].output);
    match next.filter(|next| next.kind == "max_pool2d") {
        Some(pool) => size(pool) / size(&layers[0]),
        None => 1.0,
    }
}

/// Bytes of all weights.
pub(crate) fn weights<N: Network>() -> f64 {
    4.0 * N::PARAMETERS as f64
}

/// Bytes of a step of Adam: it reads gradients, and reads and writes weights and two moments.
pub(crate) fn adam<N: Network>() -> f64 {
    7.0 * weights::<N>()
}
