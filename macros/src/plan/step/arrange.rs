//! Values put elsewhere as they are, or looked up.

use super::Operands;
use crate::{
    plan::{Buf, Strided, Upsample},
    shape::Dim,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arrange {
    /// `y = x`, where a network's output would be its input.
    Copy { y: Buf, x: Buf },
    /// `y = 0`, such as the gradient of what has none.
    Zero { y: Buf },
    /// `y[i…] = x[start + Σ iₖ · strideₖ]`.
    Gather { y: Buf, x: Buf, view: Strided },
    /// `y = 0`, then `y[start + Σ iₖ · strideₖ] += x[i…]`.
    Scatter { y: Buf, x: Buf, view: Strided },
    /// `y`: between the centres of pixels the weighted mean of the nearest four.
    Upsample { y: Buf, x: Buf, sizes: Upsample },
    /// `dx` of `Upsample`.
    UpsampleGrad { dx: Buf, dy: Buf, sizes: Upsample },
    /// `y[t] = table[x[t]]`, rows of `width` by the whole part of a scalar.
    Embed { y: Buf, x: Buf, table: Buf, width: Dim },
    /// `dtable[i] = Σ dy[t]` over the `t` with `x[t] = i`.
    EmbedGrad { dtable: Buf, dy: Buf, x: Buf, width: Dim },
    /// `y[.., n1 + n2 + ..] = x1[.., n1], x2[.., n2], ..`, of parts `(x, n)`.
    Concat { y: Buf, parts: Vec<(Buf, Dim)> },
    /// `y[.., n] = x[.., start..start + n]`, of rows of `width`.
    Split { y: Buf, x: Buf, width: Dim, start: Dim, n: Dim },
}

impl Arrange {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Copy { y, x } => (vec![y], vec![x]),
            Self::Zero { y } => (vec![y], vec![]),
            Self::Gather { y, x, .. }
            | Self::Scatter { y, x, .. }
            | Self::Upsample { y, x, .. } => (vec![y], vec![x]),
            Self::UpsampleGrad { dx, dy, .. } => (vec![dx], vec![dy]),
            Self::Embed { y, x, table, .. } => (vec![y], vec![x, table]),
            Self::EmbedGrad { dtable, dy, x, .. } => (vec![dtable], vec![dy, x]),
            Self::Split { y, x, .. } => (vec![y], vec![x]),
            Self::Concat { y, parts } => (vec![y], parts.iter_mut().map(|(x, _)| x).collect()),
        };
        Operands { writes, reads }
    }
}
