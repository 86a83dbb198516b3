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

/// `Φ(x)`, the normal distribution function.
fn normal(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// `ln(1 + eˣ)` without overflow.
fn softplus(x: f64) -> f64 {
    max(x, 0.0) + libm::log1p(libm::exp(-x.abs()))
}

/// `max`, where a NaN of the first argument stays.
fn max(x: f64, bound: f64) -> f64 {
    if x < bound { bound } else { x }
}

/// `min`, where a NaN of the first argument stays.
fn min(x: f64, bound: f64) -> f64 {
    if x > bound { bound } else { x }
}

/// The factor of `x³` in the tanh form of GELU.
pub(crate) const GELU_CUBIC: f64 = 0.044_715;
/// `√(2/π)`.
pub(crate) const SQRT_2_OVER_PI: f64 = 0.797_884_560_802_865_4;
/// `1/√(2π)`.
pub(crate) const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

impl Fun {
    /// `f(x)`, as the definition says.
    #[must_use]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Self::Relu => max(x, 0.0),
            Self::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Self::Clamp(lo, hi) => min(max(x, lo), hi),
            Self::Elu { scale, .. } if x > 0.0 => scale * x,
            Self::Elu { alpha, scale } => scale * alpha * libm::expm1(x),
            Self::Gelu => x * normal(x),
            Self::GeluTanh => 0.5 * x * (1.0 + libm::tanh(gelu_inner(x))),
            Self::Silu => x * sigmoid(x),
            Self::Sigmoid => sigmoid(x),
            Self::HardSigmoid => min(max(x + 3.0, 0.0), 6.0) / 6.0,
            Self::Tanh => libm::tanh(x),
            Self::Softplus => softplus(x),
            Self::Softsign => x / (1.0 + x.abs()),
            Self::HardSwish => x * min(max(x + 3.0, 0.0), 6.0) / 6.0,
            Self::Mish => x * libm::tanh(softplus(x)),
        }
    }

    /// The derivative, from what [`gradient_from`](Fun::gradient_from) names: `f'(x)` from `x`, or
    /// from `y = f(x)`. At a kink it is 0 (relu, clamp) or the slope of the left side.
    #[must_use]
    pub fn derivative(self, kept: f64) -> f64 {
        match self.gradient_from() {
            GradientFrom::Input => self.derivative_from_input(kept),
            GradientFrom::Output => self.derivative_from_output(kept),
        }
    }

    fn derivative_from_input(self, x: f64) -> f64 {
        match self {
            Self::Gelu => normal(x) + x * FRAC_1_SQRT_2PI * libm::exp(-0.5 * x * x),
            Self::GeluTanh => {
                let t = libm::tanh(gelu_inner(x));
                let inner = SQRT_2_OVER_PI * (1.0 + 3.0 * GELU_CUBIC * x * x);
                0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
            }
            Self::Silu => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
            Self::HardSwish if x <= -3.0 => 0.0,
            Self::HardSwish if x >= 3.0 => 1.0,
            Self::HardSwish => (2.0 * x + 3.0) / 6.0,
            Self::Mish => {
                let t = libm::tanh(softplus(x));
                t + x * sigmoid(x) * (1.0 - t * t)
            }
            _ => unreachable!("the other functions are differentiated from their output"),
        }
    }

    fn derivative_from_output(self, y: f64) -> f64 {
        match self {
            Self::Relu => {
                if y > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Self::LeakyRelu(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Clamp(lo, hi) => {
                if y > lo && y < hi {
                    1.0
                } else {
                    0.0
                }
            }
            Self::Elu { scale, .. } if y > 0.0 => scale,
            Self::Elu { alpha, scale } => y + scale * alpha,
            Self::Sigmoid => y * (1.0 - y),
            Self::HardSigmoid => {
                if y > 0.0 && y < 1.0 {
                    1.0 / 6.0
                } else {
                    0.0
                }
            }
            Self::Tanh => 1.0 - y * y,
            Self::Softplus => -libm::expm1(-y),
            Self::Softsign => (1.0 - y.abs()) * (1.0 - y.abs()),
            _ => unreachable!("the other functions are differentiated from their input"),
        }
    }
}

/// The argument of the tanh in the tanh form of GELU.
fn gelu_inner(x: f64) -> f64 {
    SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x)
}
