//! Recurrent layers, and what is done at one time step.

use super::{Operands, is_small};
use crate::{
    plan::{Buf, Cell, Fun, Recurrence},
    shape::Dim,
};

/// One layer of a causal chain, at the time step `t`:
/// `fun(Σ x[t - (kernel - 1 - p) · dilation, c] · w[p, c, n] + bias[n])` over taps `p` and the channels
/// `c` of the group of `n`, of `k / groups`. Steps before the first are zero.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taps {
    /// The last inputs: `x[t]` lies in row `t mod rows`, and the number of rows is a power of two.
    /// None where there is one tap.
    pub(crate) ring: Option<Buf>,
    pub(crate) w: Buf,
    pub(crate) bias: Option<Buf>,
    pub(crate) fun: Option<Fun>,
    pub(crate) kernel: usize,
    pub(crate) dilation: usize,
    pub(crate) groups: usize,
    pub(crate) k: Dim,
    pub(crate) n: Dim,
}

impl Taps {
    /// Whether it has a place in a chain.
    pub(crate) fn is_small(&self) -> bool {
        is_small(&self.k) && is_small(&self.n)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sequence {
    /// `y = layers(x)` at one time step: causal layers, each fed by the one before.
    CausalChain { y: Buf, x: Buf, layers: Vec<Taps> },
    /// `y = x + table[min(t, rows - 1)]` at the time step `t`.
    AddRow { y: Buf, x: Buf, table: Buf },
    /// `y = mean += (x - mean) / (t + 1)` at the time step `t`.
    RunningMean { y: Buf, mean: Buf, x: Buf },
    /// `y`: the states of a recurrent layer. `gates` come as products with the input and become the
    /// cell's gates, with `before[t] · u + bias` for its recurrent sums; `before` and `cells` keep what
    /// there was before each step and what else the gradient needs, in `packed` lies `u`.
    Recur {
        y: Buf,
        gates: Buf,
        before: Buf,
        cells: Option<Buf>,
        packed: Buf,
        u: Buf,
        bias: Option<Buf>,
        sizes: Recurrence,
    },
    /// `y` and `state`: the state of a recurrent layer after one more time step, from `x · w + bias` and
    /// `state · u + recurrent_bias`; `cells` keeps the cell of an LSTM, `products` is workspace.
    RecurStep {
        y: Buf,
        x: Buf,
        state: Buf,
        cells: Option<Buf>,
        products: Buf,
        w: Buf,
        u: Buf,
        bias: Option<Buf>,
        recurrent_bias: Option<Buf>,
        cell: Cell,
        k: Dim,
        units: Dim,
    },
    /// The gradients of the products of `Recur`, those with the input in place of `gates`, those with
    /// the states in `recurrent` where they differ.
    RecurGrad {
        gates: Buf,
        recurrent: Option<Buf>,
        carry: Option<Buf>,
        packed: Buf,
        dy: Buf,
        u: Buf,
        before: Buf,
        cells: Option<Buf>,
        sizes: Recurrence,
    },
}

impl Sequence {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::CausalChain { y, x, layers } => {
                let (mut writes, mut reads) = (vec![y], vec![x]);
                for Taps { ring, w, bias, .. } in layers {
                    writes.extend(ring);
                    reads.extend(Some(w).into_iter().chain(bias));
                }
                (writes, reads)
            }
            Self::AddRow { y, x, table } => (vec![y], vec![x, table]),
            Self::RunningMean { y, mean, x } => (vec![y, mean], vec![x]),
            Self::Recur { y, gates, before, cells, packed, u, bias, .. } => (
                [y, gates, before].into_iter().chain(cells).chain([packed]).collect(),
                [u].into_iter().chain(bias).collect(),
            ),
            Self::RecurStep {
                y, x, state, cells, products, w, u, bias, recurrent_bias, ..
            } => (
                [y, state, products].into_iter().chain(cells).collect(),
                [x, w, u].into_iter().chain(bias).chain(recurrent_bias).collect(),
            ),
            Self::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, .. } => (
                [gates].into_iter().chain(recurrent).chain(carry).chain([packed]).collect(),
                [dy, u, before].into_iter().chain(cells).collect(),
            ),
        };
        Operands { writes, reads }
    }

    /// What is written whose earlier contents matter.
    pub(super) fn updates(&self) -> Vec<Buf> {
        match self {
            Self::Recur { gates: buf, .. } | Self::RecurGrad { gates: buf, .. } => vec![*buf],
            Self::CausalChain { layers, .. } => {
                layers.iter().filter_map(|layer| layer.ring).collect()
            }
            Self::RecurStep { state, cells, .. } => cells.iter().chain([state]).copied().collect(),
            Self::RunningMean { mean, .. } => vec![*mean],
            _ => vec![],
        }
    }
}
