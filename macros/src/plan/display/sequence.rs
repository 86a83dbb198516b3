//! Recurrent layers, and what is done at one time step.

use super::Words;
use crate::plan::{Buf, Cell, Recurrence, Sequence, Taps};

impl Words<'_> {
    pub(super) fn sequence(&self, verb: &Sequence) -> String {
        match verb {
            Sequence::CausalChain { x, layers, .. } => {
                layers.iter().fold(self.name(*x), |x, layer| {
                    let sum = format!("taps({x}, {}{})", self.name(layer.w), self.tap_words(layer));
                    self.epilogue(sum, layer.bias, layer.fun)
                })
            }
            Sequence::AddRow { x, table, .. } => {
                format!("{} + {}[t]", self.name(*x), self.name(*table))
            }
            Sequence::RunningMean { mean, x, .. } => {
                self.call("running_mean", &[x], &format!(", in {}", self.name(*mean)))
            }
            Sequence::Recur { gates, u, bias, sizes, .. } => {
                let operands: Vec<&Buf> = [gates, u].into_iter().chain(bias).collect();
                self.call(cell_word(sizes.cell), &operands, &recurrence_words(sizes))
            }
            Sequence::RecurStep { x, state, w, u, bias, recurrent_bias, cell, .. } => {
                let operands = [x, w, u].into_iter().chain(bias).chain(recurrent_bias);
                let kept = format!(", in {}", self.name(*state));
                self.call(cell_word(*cell), &operands.collect::<Vec<_>>(), &kept)
            }
            Sequence::RecurGrad { gates, dy, u, before, cells, sizes, .. } => {
                let operands: Vec<&Buf> = [dy, gates, u, before].into_iter().chain(cells).collect();
                let word = format!("{}_grad", cell_word(sizes.cell));
                self.call(&word, &operands, &recurrence_words(sizes))
            }
        }
    }

    /// `, 3 by 2 in conv1d1.ring`: taps, dilation and where the last inputs are kept.
    fn tap_words(&self, layer: &Taps) -> String {
        let Some(ring) = layer.ring else { return String::new() };
        let by =
            if layer.dilation == 1 { String::new() } else { format!(" by {}", layer.dilation) };
        let groups =
            if layer.groups == 1 { String::new() } else { format!(", groups = {}", layer.groups) };
        format!(", {}{by} in {}{groups}", layer.kernel, self.name(ring))
    }
}

fn cell_word(cell: Cell) -> &'static str {
    match cell {
        Cell::RnnTanh => "rnn_tanh",
        Cell::RnnRelu => "rnn_relu",
        Cell::Gru => "gru",
        Cell::Lstm => "lstm",
    }
}

fn recurrence_words(sizes: &Recurrence) -> String {
    let reverse = if sizes.reverse { ", reverse" } else { "" };
    let sequences = if sizes.sequences { ", sequences" } else { "" };
    format!("{reverse}{sequences}")
}
