//! Attention.

use super::Operands;
use crate::{
    plan::{Attention, Buf},
    shape::Dim,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attend {
    /// `y = softmax(q · kᵀ / √d) · v` for every head; `stats` keeps `ln Σ exp(q · kᵀ / √d)`.
    Attention { y: Buf, stats: Buf, q: Buf, k: Buf, v: Buf, sizes: Attention },
    /// The gradients of `Attention`.
    AttentionGrad {
        dq: Buf,
        dk: Buf,
        dv: Buf,
        dy: Buf,
        y: Buf,
        stats: Buf,
        q: Buf,
        k: Buf,
        v: Buf,
        sizes: Attention,
    },
    /// One query at the time step `t`: `k` goes to column `t mod time` of `keys`, `v` to that row of
    /// `values`, then `y = softmax(q · keys / √d) · values` over those that are taken.
    AttentionStep { y: Buf, q: Buf, k: Buf, v: Buf, keys: Buf, values: Buf, sizes: Attention },
    /// Turns the features `i` and `i + d / 2` of every head of `y` by the angle whose sine and cosine are
    /// `table[t, 2i]` and `table[t, 2i + 1]`; `back`: by its opposite.
    Rotate { y: Buf, table: Buf, heads: usize, d: Dim, back: bool },
    /// `Rotate` by the angle of the time step `t`, which is computed where the table has no such row.
    RotateAt { y: Buf, table: Buf, d: Dim },
}

impl Attend {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Attention { y, stats, q, k, v, .. } => (vec![y, stats], vec![q, k, v]),
            Self::AttentionGrad { dq, dk, dv, dy, y, stats, q, k, v, .. } => {
                (vec![dq, dk, dv], vec![dy, y, stats, q, k, v])
            }
            Self::AttentionStep { y, q, k, v, keys, values, .. } => {
                (vec![y, keys, values], vec![q, k, v])
            }
            Self::Rotate { y, table, .. } | Self::RotateAt { y, table, .. } => {
                (vec![y], vec![table])
            }
        };
        Operands { writes, reads }
    }

    /// What is written whose earlier contents matter.
    pub(super) fn updates(&self) -> Vec<Buf> {
        match self {
            Self::Rotate { y: buf, .. } | Self::RotateAt { y: buf, .. } => vec![*buf],
            Self::AttentionStep { keys, values, .. } => vec![*keys, *values],
            _ => vec![],
        }
    }
}
