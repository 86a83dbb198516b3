//! Products of matrices, and the sums beside them.

use super::Operands;
use crate::{
    plan::{Buf, Fun},
    shape::Dim,
};

/// Whether a layer with as many inputs or outputs has a place in a chain.
pub(crate) fn is_small(dim: &Dim) -> bool {
    dim.literal().is_some_and(|size| size <= 32)
}

/// One layer of a chain: `fun(x[k] · w[k, n] + bias[n])`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    pub(crate) w: Buf,
    pub(crate) bias: Option<Buf>,
    pub(crate) fun: Option<Fun>,
    pub(crate) k: Dim,
    pub(crate) n: Dim,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Product {
    /// `y[B · m, n] = fun(x[B · m, k] · w[k, n] + bias[n])`, `m` rows a sample.
    Gemm { y: Buf, x: Buf, w: Buf, bias: Option<Buf>, fun: Option<Fun>, m: Dim, k: Dim, n: Dim },
    /// `dx[B · m, k] = dy[B · m, n] · w[k, n]ᵀ`.
    GemmGradInput { dx: Buf, dy: Buf, w: Buf, m: Dim, k: Dim, n: Dim },
    /// `dw[k, n] = x[B · m, k]ᵀ · dy[B · m, n]`.
    GemmGradWeight { dw: Buf, x: Buf, dy: Buf, m: Dim, k: Dim, n: Dim },
    /// `y[B, ..] = layers(x[B, ..])`: small dense layers, each fed by the one before.
    DenseChain { y: Buf, x: Buf, layers: Vec<Dense> },
    /// `y[.., n] += bias[n]`.
    AddBias { y: Buf, bias: Buf },
    /// `db[n] = Σ dy[.., n]`.
    SumRows { db: Buf, dy: Buf },
}

impl Product {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Gemm { y, x, w, bias, .. } => (vec![y], [x, w].into_iter().chain(bias).collect()),
            Self::DenseChain { y, x, layers } => {
                let params =
                    layers.iter_mut().flat_map(|l| Some(&mut l.w).into_iter().chain(&mut l.bias));
                (vec![y], Some(x).into_iter().chain(params).collect())
            }
            Self::GemmGradInput { dx, dy, w, .. } => (vec![dx], vec![dy, w]),
            Self::GemmGradWeight { dw, x, dy, .. } => (vec![dw], vec![x, dy]),
            Self::AddBias { y, bias } => (vec![y], vec![bias]),
            Self::SumRows { db, dy } => (vec![db], vec![dy]),
        };
        Operands { writes, reads }
    }

    /// What is written whose earlier contents matter.
    pub(super) fn updates(&self) -> Vec<Buf> {
        match self {
            Self::AddBias { y: buf, .. } => vec![*buf],
            _ => vec![],
        }
    }
}
