//! The pointwise functions: `y = f(x)`, element by element.

/// A pointwise function, as the verbs `map`, `gemm` and `conv2d` take it.
///
/// The derivative is computed from what [`gradient_from`](Fun::gradient_from) names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fun {
    /// `max(x, 0)`; NaN stays NaN.
    Relu,
    /// `x` where `x > 0`, else `slope · x`.
    LeakyRelu(f64),
    /// `min(max(x, lo), hi)`: relu6 is `Clamp(0, 6)`.
    Clamp(f64, f64),
    /// `scale · x` where `x > 0`, else `scale · alpha · (eˣ - 1)`: ELU (Clevert 2015), SELU (Klambauer 2017).
    Elu {
        /// The value at minus infinity, negated, before scaling.
        alpha: f64,
        /// The factor of both branches.
        scale: f64,
    },
    /// `x · Φ(x)` with the exact normal distribution function (Hendrycks 2016).
    Gelu,
    /// The tanh approximation of GELU: `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    GeluTanh,
    /// `x · sigmoid(x)`, also called swish.
    Silu,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// `min(max(x + 3, 0), 6) / 6`.
    HardSigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `ln(1 + eˣ)`.
    Softplus,
    /// `x / (1 + |x|)`.
    Softsign,
    /// `x · min(max(x + 3, 0), 6) / 6` (Howard 2019).
    HardSwish,
    /// `x · tanh(softplus(x))` (Misra 2019).
    Mish,
}

/// What the derivative of a pointwise function is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradientFrom {
    /// The function's input `x`.
    Input,
    /// The function's output `y`, so that `x` may be overwritten.
    Output,
}

impl Fun {
    /// What `map_grad` expects as the kept value.
    #[must_use]
    pub const fn gradient_from(self) -> GradientFrom {
        match self {
            Self::Gelu | Self::GeluTanh | Self::Silu | Self::HardSwish | Self::Mish => {
                GradientFrom::Input
            }
            _ => GradientFrom::Output,
        }
    }
}
