//! Normalisation, softmax among it.

use super::Operands;
use crate::{
    plan::{Buf, Groups},
    shape::Dim,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Normalization {
    /// `y = exp(x - max) / Σ exp(x - max)` over the last `n`.
    Softmax { y: Buf, x: Buf, n: Dim },
    /// `dx = y · (dy - Σ dy · y)`.
    SoftmaxGrad { dx: Buf, dy: Buf, y: Buf, n: Dim },
    /// `y = x - max - ln Σ exp(x - max)` over the last `n`.
    LogSoftmax { y: Buf, x: Buf, n: Dim },
    /// `dx = dy - exp(y) · Σ dy`.
    LogSoftmaxGrad { dx: Buf, dy: Buf, y: Buf, n: Dim },
    /// `y = gamma · (x - mean) · rstd + beta` with this batch's statistics, and the running ones moved.
    BatchNorm {
        y: Buf,
        mean: Buf,
        rstd: Buf,
        running_mean: Buf,
        running_var: Buf,
        x: Buf,
        gamma: Buf,
        beta: Buf,
        momentum: f64,
        epsilon: f64,
    },
    /// The gradients of `BatchNorm`.
    BatchNormGrad {
        dx: Buf,
        dgamma: Buf,
        dbeta: Buf,
        dy: Buf,
        x: Buf,
        gamma: Buf,
        mean: Buf,
        rstd: Buf,
    },
    /// `y = gamma · (x - mean) / √(var + epsilon) + beta` with stored statistics.
    Normalize { y: Buf, x: Buf, gamma: Buf, beta: Buf, mean: Buf, var: Buf, epsilon: f64 },
    /// `dx = dy · gamma / √(var + epsilon)`.
    NormalizeGrad { dx: Buf, dy: Buf, gamma: Buf, var: Buf, epsilon: f64 },
    /// `y = gamma · (x - mean) · rstd + beta` with the statistics of each group of each block, which
    /// `stats` keeps.
    GroupNorm { y: Buf, stats: Buf, x: Buf, gamma: Buf, beta: Option<Buf>, sizes: Groups },
    /// `dx` of `GroupNorm`.
    GroupNormGradInput { dx: Buf, dy: Buf, x: Buf, stats: Buf, gamma: Buf, sizes: Groups },
    /// `dgamma[c] = Σ dy · (x - mean) · rstd` and `dbeta[c] = Σ dy`.
    GroupNormGradScale {
        dgamma: Buf,
        dbeta: Option<Buf>,
        dy: Buf,
        x: Buf,
        stats: Buf,
        sizes: Groups,
    },
}

impl Normalization {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Softmax { y, x, .. } | Self::LogSoftmax { y, x, .. } => (vec![y], vec![x]),
            Self::SoftmaxGrad { dx, dy, y, .. } | Self::LogSoftmaxGrad { dx, dy, y, .. } => {
                (vec![dx], vec![dy, y])
            }
            Self::BatchNorm {
                y, mean, rstd, running_mean, running_var, x, gamma, beta, ..
            } => (vec![y, mean, rstd, running_mean, running_var], vec![x, gamma, beta]),
            Self::BatchNormGrad { dx, dgamma, dbeta, dy, x, gamma, mean, rstd } => {
                (vec![dx, dgamma, dbeta], vec![dy, x, gamma, mean, rstd])
            }
            Self::Normalize { y, x, gamma, beta, mean, var, .. } => {
                (vec![y], vec![x, gamma, beta, mean, var])
            }
            Self::NormalizeGrad { dx, dy, gamma, var, .. } => (vec![dx], vec![dy, gamma, var]),
            Self::GroupNorm { y, stats, x, gamma, beta, .. } => {
                (vec![y, stats], [x, gamma].into_iter().chain(beta).collect())
            }
            Self::GroupNormGradInput { dx, dy, x, stats, gamma, .. } => {
                (vec![dx], vec![dy, x, stats, gamma])
            }
            Self::GroupNormGradScale { dgamma, dbeta, dy, x, stats, .. } => {
                (Some(dgamma).into_iter().chain(dbeta).collect(), vec![dy, x, stats])
            }
        };
        Operands { writes, reads }
    }

    /// What is written whose earlier contents matter.
    pub(super) fn updates(&self) -> Vec<Buf> {
        match self {
            Self::BatchNorm { running_mean, running_var, .. } => vec![*running_mean, *running_var],
            _ => vec![],
        }
    }
}
