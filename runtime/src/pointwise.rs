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

/// The definitions, which kernels approximate and tests compare with.
impl Fun {
    /// `f(x)`.
    #[must_use]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Relu if x < 0.0 => 0.0,
            Self::Relu => x,
            Self::LeakyRelu(slope) if x < 0.0 => slope * x,
            Self::LeakyRelu(_) => x,
            Self::Clamp(lo, hi) => x.clamp(lo, hi),
            Self::Elu { alpha, scale } if x < 0.0 => scale * alpha * libm::expm1(x),
            Self::Elu { scale, .. } => scale * x,
            Self::Gelu => x * normal_cdf(x),
            Self::GeluTanh => 0.5 * x * (1.0 + libm::tanh(gelu_inner(x))),
            Self::Silu => x * sigmoid(x),
            Self::Sigmoid => sigmoid(x),
            Self::HardSigmoid => (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::Tanh => libm::tanh(x),
            Self::Softplus => softplus(x),
            Self::Softsign => x / (1.0 + x.abs()),
            Self::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::Mish => x * libm::tanh(softplus(x)),
        }
    }

    /// `f'`, from `x` or from `y = f(x)` as [`gradient_from`](Fun::gradient_from) says.
    #[must_use]
    pub fn derivative(self, kept: f64) -> f64 {
        let step = |inside: bool| f64::from(u8::from(inside));
        match self {
            Self::Relu => step(kept > 0.0),
            Self::LeakyRelu(slope) => if kept > 0.0 { 1.0 } else { slope },
            Self::Clamp(lo, hi) => step(lo < kept && kept < hi),
            Self::Elu { scale, .. } if kept > 0.0 => scale,
            Self::Elu { alpha, scale } => kept + scale * alpha,
            Self::Gelu => normal_cdf(kept) + kept * normal_density(kept),
            Self::GeluTanh => {
                let t = libm::tanh(gelu_inner(kept));
                let inner = SQRT_2_PI * (1.0 + 3.0 * GELU_CUBIC * kept * kept);
                0.5 * (1.0 + t) + 0.5 * kept * (1.0 - t * t) * inner
            }
            Self::Silu => {
                let s = sigmoid(kept);
                s * (1.0 + kept * (1.0 - s))
            }
            Self::Sigmoid => kept * (1.0 - kept),
            Self::HardSigmoid => step(0.0 < kept && kept < 1.0) / 6.0,
            Self::Tanh => 1.0 - kept * kept,
            Self::Softplus => -libm::expm1(-kept),
            Self::Softsign => (1.0 - kept.abs()) * (1.0 - kept.abs()),
            Self::HardSwish => {
                let inside = step(kept > -3.0 && kept < 3.0) * (2.0 * kept + 3.0) / 6.0;
                inside + step(kept >= 3.0)
            }
            Self::Mish => {
                let (t, s) = (libm::tanh(softplus(kept)), sigmoid(kept));
                t + kept * (1.0 - t * t) * s
            }
        }
    }
}

/// `√(2/π)`.
const SQRT_2_PI: f64 = 0.797_884_560_802_865_4;
const GELU_CUBIC: f64 = 0.044715;

fn gelu_inner(x: f64) -> f64 {
    SQRT_2_PI * (x + GELU_CUBIC * x * x * x)
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

fn normal_density(x: f64) -> f64 {
    0.5 * SQRT_2_PI * libm::exp(-0.5 * x * x)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + libm::log1p(libm::exp(-x.abs()))
}
