//! The pointwise functions and their derivatives.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use crate::plan::{Fun, GradientFrom};

/// The factor of `x³` in the tanh form of GELU.
const GELU_CUBIC: f64 = 0.044_715;

/// `f(x)`.
pub(super) fn value(fun: Fun, x: f64) -> f64 {
    match fun {
        Fun::Relu => max(x, 0.0),
        Fun::LeakyRelu(slope) => {
            if x > 0.0 {
                x
            } else {
                slope * x
            }
        }
        Fun::Clamp(lo, hi) => min(max(x, lo), hi),
        Fun::Elu { scale, .. } if x > 0.0 => scale * x,
        Fun::Elu { alpha, scale } => scale * alpha * x.exp_m1(),
        Fun::Gelu => x * normal(x),
        Fun::GeluTanh => 0.5 * x * (1.0 + gelu_inner(x).tanh()),
        Fun::Silu => x * sigmoid(x),
        Fun::Sigmoid => sigmoid(x),
        Fun::HardSigmoid => min(max(x + 3.0, 0.0), 6.0) / 6.0,
        Fun::Tanh => x.tanh(),
        Fun::Softplus => softplus(x),
        Fun::Softsign => x / (1.0 + x.abs()),
        Fun::HardSwish => x * min(max(x + 3.0, 0.0), 6.0) / 6.0,
        Fun::Mish => x * softplus(x).tanh(),
    }
}

/// `f'`, from `x` or `y` as `fun.gradient_from()` says; at a kink that of the left side.
pub(super) fn derivative(fun: Fun, kept: f64) -> f64 {
    let (x, y) = (kept, kept);
    let step = |inside: bool, slope: f64| if inside { slope } else { 0.0 };
    match fun {
        Fun::Relu => step(y > 0.0, 1.0),
        Fun::LeakyRelu(slope) => {
            if y > 0.0 {
                1.0
            } else {
                slope
            }
        }
        Fun::Clamp(lo, hi) => step(y > lo && y < hi, 1.0),
        Fun::Elu { scale, .. } if y > 0.0 => scale,
        Fun::Elu { alpha, scale } => y + scale * alpha,
        Fun::Gelu => normal(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt(),
        Fun::GeluTanh => {
            let t = gelu_inner(x).tanh();
            let inner = (2.0 / PI).sqrt() * (1.0 + 3.0 * GELU_CUBIC * x * x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
        }
        Fun::Silu => sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
        Fun::Sigmoid => y * (1.0 - y),
        Fun::HardSigmoid => step(y > 0.0 && y < 1.0, 1.0 / 6.0),
        Fun::Tanh => 1.0 - y * y,
        Fun::Softplus => -(-y).exp_m1(),
        Fun::Softsign => (1.0 - y.abs()).powi(2),
        Fun::HardSwish if x >= 3.0 => 1.0,
        Fun::HardSwish => step(x > -3.0, (2.0 * x + 3.0) / 6.0),
        Fun::Mish => {
            let t = softplus(x).tanh();
            t + x * sigmoid(x) * (1.0 - t * t)
        }
    }
}

/// `max`, where a NaN of the first argument stays.
fn max(x: f64, bound: f64) -> f64 {
    if x < bound { bound } else { x }
}

/// `min`, likewise.
fn min(x: f64, bound: f64) -> f64 {
    if x > bound { bound } else { x }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `ln(1 + eˣ)` without overflow.
fn softplus(x: f64) -> f64 {
    max(x, 0.0) + (-x.abs()).exp().ln_1p()
}

fn gelu_inner(x: f64) -> f64 {
    (2.0 / PI).sqrt() * (x + GELU_CUBIC * x * x * x)
}

/// `Φ(x) = erfc(-x / √2) / 2`.
fn normal(x: f64) -> f64 {
    0.5 * erfc(-x * FRAC_1_SQRT_2)
}

/// The complementary error function: a series of positive terms near zero, a continued fraction
/// beyond (Abramowitz and Stegun 7.1.6 and 7.1.14).
fn erfc(x: f64) -> f64 {
    match x {
        x if x < 0.0 => 2.0 - erfc(-x),
        x if x < 2.0 => 1.0 - erf_series(x),
        x => (-x * x).exp() / (PI.sqrt() * erfc_fraction(x)),
    }
}

/// `erf(x) = 2/√π · e^(-x²) · Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · ... · (2n + 1))`.
fn erf_series(x: f64) -> f64 {
    let (mut term, mut sum) = (x, 0.0);
    for n in 1..100 {
        sum += term;
        term *= 2.0 * x * x / f64::from(2 * n + 1);
    }
    FRAC_2_SQRT_PI * (-x * x).exp() * sum
}

/// `x + (1/2) / (x + 1 / (x + (3/2) / (x + 2 / ...)))`.
fn erfc_fraction(x: f64) -> f64 {
    (1..200).rev().fold(x, |rest, n| x + 0.5 * f64::from(n) / rest)
}

/// `value` where `x > 0`, else `alpha[c] · value`.
pub(super) fn prelu(value: &[f64], x: &[f64], alpha: &[f64]) -> Vec<f64> {
    let one = |(i, (value, x)): (usize, (&f64, &f64))| {
        if *x > 0.0 { *value } else { alpha[i % alpha.len()] * value }
    };
    value.iter().zip(x).enumerate().map(one).collect()
}

/// The first half of a row times a function of the second.
pub(super) fn gate(x: &[f64], fun: Fun) -> Vec<f64> {
    let (values, gates) = x.split_at(x.len() / 2);
    values.iter().zip(gates).map(|(x, gate)| x * value(fun, *gate)).collect()
}

/// The gradient of [`gate`] over rows of `2n`.
pub(super) fn gate_grad(dy: &[f64], x: &[f64], n: usize, fun: Fun) -> Vec<f64> {
    let mut dx = Vec::new();
    for (dy, x) in dy.chunks(n).zip(x.chunks(2 * n)) {
        let (values, gates) = x.split_at(n);
        dx.extend(dy.iter().zip(gates).map(|(dy, gate)| dy * value(fun, *gate)));
        dx.extend(dy.iter().zip(values).zip(gates).map(|((dy, x), gate)| {
            let kept = match fun.gradient_from() {
                GradientFrom::Input => *gate,
                GradientFrom::Output => value(fun, *gate),
            };
            dy * x * derivative(fun, kept)
        }));
    }
    dx
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::GradientFrom;

    const FUNS: [Fun; 15] = [
        Fun::Relu,
        Fun::LeakyRelu(0.2),
        Fun::Clamp(0.0, 6.0),
        Fun::Elu { alpha: 1.0, scale: 1.0 },
        Fun::Elu { alpha: 1.673_263_242_354_377_2, scale: 1.050_700_987_355_480_5 },
        Fun::Gelu,
        Fun::GeluTanh,
        Fun::Silu,
        Fun::Sigmoid,
        Fun::HardSigmoid,
        Fun::Tanh,
        Fun::Softplus,
        Fun::Softsign,
        Fun::HardSwish,
        Fun::Mish,
    ];

    #[test]
    fn derivatives_are_those_of_the_values() {
        let h = 1e-5;
        for fun in FUNS {
            for x in [-7.3, -3.4, -2.1, -0.4, 0.3, 1.9, 3.3, 6.2, 9.1] {
                let slope = (value(fun, x + h) - value(fun, x - h)) / (2.0 * h);
                let kept = match fun.gradient_from() {
                    GradientFrom::Input => x,
                    GradientFrom::Output => value(fun, x),
                };
                let error = (derivative(fun, kept) - slope).abs();
                assert!(error < 1e-9, "{fun:?} at {x}: {error}");
            }
        }
    }

    #[test]
    fn the_error_function_has_its_published_values() {
        let published = [
            (0.0, 1.0),
            (0.5, 0.479_500_122_186_953_5),
            (1.0, 0.157_299_207_050_285_13),
            (2.0, 0.004_677_734_981_047_266),
            (2.5, 4.069_520_174_449_59e-4),
            (-1.0, 1.842_700_792_949_714_8),
            (5.0, 1.537_459_794_428_035e-12),
        ];
        for (x, expected) in published {
            let error = (erfc(x) - expected).abs();
            assert!(error <= 1e-13 * expected, "erfc({x}) = {}", erfc(x));
        }
    }

    #[test]
    fn values_are_those_of_the_definitions() {
        let close = |fun, x, y: f64| assert!((value(fun, x) - y).abs() < 1e-12, "{fun:?}({x})");
        close(Fun::Gelu, 1.0, 0.841_344_746_068_542_9);
        close(Fun::Silu, 2.0, 1.761_594_155_955_765);
        close(Fun::HardSwish, 1.0, 4.0 / 6.0);
        close(Fun::Softplus, 0.0, std::f64::consts::LN_2);
        close(Fun::Softplus, 800.0, 800.0);
        close(Fun::Softsign, -3.0, -0.75);
        assert!(value(Fun::Relu, f64::NAN).is_nan());
    }
}
