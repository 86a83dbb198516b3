//! Functions of single values.

use super::Operands;
use crate::{plan::Buf, shape::Dim};

/// A pointwise function; the runtime has one of the same name and meaning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fun {
    Relu,
    LeakyRelu(f64),
    Clamp(f64, f64),
    Elu { alpha: f64, scale: f64 },
    Gelu,
    GeluTanh,
    Silu,
    Sigmoid,
    HardSigmoid,
    Tanh,
    Softplus,
    Softsign,
    HardSwish,
    Mish,
}

/// What a pointwise function's derivative is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GradientFrom {
    Input,
    Output,
}

impl Fun {
    pub(crate) fn gradient_from(self) -> GradientFrom {
        match self {
            Self::Gelu | Self::GeluTanh | Self::Silu | Self::HardSwish | Self::Mish => {
                GradientFrom::Input
            }
            _ => GradientFrom::Output,
        }
    }

    /// Whether a larger input never gives a smaller output, so that the largest stays the largest.
    pub(crate) fn never_falls(self) -> bool {
        match self {
            Self::LeakyRelu(slope) => slope >= 0.0,
            Self::Elu { alpha, scale } => alpha >= 0.0 && scale >= 0.0,
            Self::Gelu | Self::GeluTanh | Self::Silu | Self::HardSwish | Self::Mish => false,
            Self::Relu
            | Self::Clamp(..)
            | Self::Sigmoid
            | Self::HardSigmoid
            | Self::Tanh
            | Self::Softplus
            | Self::Softsign => true,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Elementwise {
    /// `y = fun(x)`; `y` may be `x`.
    Map { y: Buf, x: Buf, fun: Fun },
    /// `dx = dy · fun'`, from `kept`, which is `x` or `y` by `fun.gradient_from()`; `dx` may be `dy`.
    MapGrad { dx: Buf, dy: Buf, kept: Buf, fun: Fun },
    /// `y = x` where `x > 0`, else `alpha[c] · x`.
    Prelu { y: Buf, x: Buf, alpha: Buf },
    /// `dx = dy` where `x > 0`, else `alpha[c] · dy`.
    PreluGradInput { dx: Buf, dy: Buf, x: Buf, alpha: Buf },
    /// `dalpha[c] = Σ dy · x` where `x ≤ 0`.
    PreluGradSlope { dalpha: Buf, dy: Buf, x: Buf },
    /// `y[.., n] = x[.., ..n] · fun(x[.., n..])`.
    Gate { y: Buf, x: Buf, n: Dim, fun: Fun },
    /// `dx[.., ..n] = dy · fun(x[.., n..])` and `dx[.., n..] = dy · x[.., ..n] · fun'(x[.., n..])`.
    GateGrad { dx: Buf, dy: Buf, x: Buf, n: Dim, fun: Fun },
    /// `y = alpha · a + beta · b`; `y` may be `a` if that is not `b`.
    Axpby { y: Buf, a: Buf, b: Buf, alpha: f64, beta: f64 },
    /// `y = alpha · x`; `y` may be `x`.
    Scale { y: Buf, x: Buf, alpha: f64 },
    /// `y = a · b`; `y` may be `a` if that is not `b`.
    Multiply { y: Buf, a: Buf, b: Buf },
    /// `y = max(a, b)`; `y` may be `a` if that is not `b`.
    Maximum { y: Buf, a: Buf, b: Buf },
    /// `da = dy` where `a > b`, half of it where they are equal, else 0.
    MaximumGrad { da: Buf, dy: Buf, a: Buf, b: Buf },
}

impl Elementwise {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Map { y, x, .. } => (vec![y], vec![x]),
            Self::MapGrad { dx, dy, kept, .. } => (vec![dx], vec![dy, kept]),
            Self::Gate { y, x, .. } => (vec![y], vec![x]),
            Self::Prelu { y, x, alpha } => (vec![y], vec![x, alpha]),
            Self::PreluGradInput { dx, dy, x, alpha } => (vec![dx], vec![dy, x, alpha]),
            Self::PreluGradSlope { dalpha, dy, x } => (vec![dalpha], vec![dy, x]),
            Self::GateGrad { dx, dy, x, .. } => (vec![dx], vec![dy, x]),
            Self::Axpby { y, a, b, .. }
            | Self::Multiply { y, a, b }
            | Self::Maximum { y, a, b } => (vec![y], vec![a, b]),
            Self::Scale { y, x, .. } => (vec![y], vec![x]),
            Self::MaximumGrad { da, dy, a, b } => (vec![da], vec![dy, a, b]),
        };
        Operands { writes, reads }
    }
}
