//! Elementary functions over vectors.
//!
//! Largest errors, in units in the last place of the result, at every SIMD level, as the tests below
//! check them; those of `gate`, `normal_cdf` and `gelu_slope` are relative to 1, not to their own small
//! values:
//!
//! | `exp` | `exp_m1` | `ln` | `ln_1p_unit` | `tanh` | `sigmoid` | `gate` | `normal_cdf` | `gelu_slope` |
//! |---|---|---|---|---|---|---|---|---|
//! | 1.5 | 1.5 | 2 | 2.5 | 3 | 2.5 | 2 | 2 | 2.5 |
//!
//! A NaN stays NaN; infinities give the limits.

mod tables;

use fearless_simd::{Select, SimdBase, SimdFloat, SimdFloatElement};

use super::lanes::splat;
use crate::{
    pointwise::FRAC_1_SQRT_2PI,
    simd::{Scalar, Simd},
};

/// What the elementary functions need to know of a scalar.
pub trait Precision: SimdFloatElement + 'static {
    /// Bits of the fraction.
    const FRACTION: u32;
    /// `1.5 · 2^FRACTION`: adding it rounds to a whole number, held in the low bits.
    const ROUNDING: Self;
    /// Beyond these `exp` is zero or infinite.
    const EXP_RANGE: [Self; 2];
    /// The largest argument of `exp_m1` with a finite scale.
    const EXP_M1_MAX: Self;
    /// `ln 2` with trailing zeros, and the rest.
    const LN_2: [Self; 2];
    /// The smallest normal number.
    const MIN_NORMAL: Self;
    /// Coefficients of `(eʳ - 1) / r`.
    const EXPM1: &'static [Self];
    /// `tanh x` for all but the largest arguments; `None` where `exp_m1` serves.
    const TANH: Option<Quotient<Self>>;
    /// The same of `gate x - 1/2`.
    const GATE: Option<Quotient<Self>>;
    /// `normal_cdf x - 1/2` for all but the largest arguments; `None` where `exp` serves.
    const CDF: Option<Ratio<Self>>;
    /// The same of `gelu_slope x - 1/2`.
    const GELU_SLOPE: Option<Ratio<Self>>;
    /// Coefficients of `2 artanh(s) / s` in `s²`.
    const ARTANH: &'static [Self];
    /// Coefficients of the logarithm of the scaled `erfc`, where `CDF` is `None`.
    const ERFC: &'static [Self];
}

/// `x P(x²) / Q(x²)` for `|x| ≤ limit`.
#[derive(Clone, Copy, Debug)]
pub struct Quotient<T> {
    /// Beyond it the value is what it is there, but for 2.5 · 10⁻⁷ of the range.
    pub(super) limit: T,
    /// The coefficients of `P` and `Q`.
    pub(super) coefficients: [[T; 5]; 2],
}

/// `x P(x²) / Q(x²)` for `|x| ≤ limit`, of any degrees; beyond it the value is `±1/2`.
#[derive(Clone, Copy, Debug)]
pub struct Ratio<T: 'static> {
    pub(super) limit: T,
    pub(super) p: &'static [T],
    pub(super) q: &'static [T],
}

impl Precision for f32 {
    const FRACTION: u32 = 23;
    const ROUNDING: Self = 12_582_912.0;
    const EXP_RANGE: [Self; 2] = [-104.0, 89.0];
    const EXP_M1_MAX: Self = 88.0;
    const LN_2: [Self; 2] = [0.693_145_75, 1.428_606_8e-6];
    const MIN_NORMAL: Self = Self::MIN_POSITIVE;
    const EXPM1: &'static [Self] = &tables::EXPM1_F32;
    const TANH: Option<Quotient<Self>> = Some(tables::TANH);
    const GATE: Option<Quotient<Self>> = Some(tables::GATE);
    const CDF: Option<Ratio<Self>> = Some(tables::CDF);
    const GELU_SLOPE: Option<Ratio<Self>> = Some(tables::GELU_SLOPE);
    const ARTANH: &'static [Self] = &tables::ARTANH_F32;
    const ERFC: &'static [Self] = &[];
}

impl Precision for f64 {
    const FRACTION: u32 = 52;
    const ROUNDING: Self = 6_755_399_441_055_744.0;
    const EXP_RANGE: [Self; 2] = [-746.0, 710.0];
    const EXP_M1_MAX: Self = 709.0;
    const LN_2: [Self; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const MIN_NORMAL: Self = Self::MIN_POSITIVE;
    const EXPM1: &'static [Self] = &tables::EXPM1_F64;
    const TANH: Option<Quotient<Self>> = None;
    const GATE: Option<Quotient<Self>> = None;
    const CDF: Option<Ratio<Self>> = None;
    const GELU_SLOPE: Option<Ratio<Self>> = None;
    const ARTANH: &'static [Self] = &tables::ARTANH_F64;
    const ERFC: &'static [Self] = &tables::ERFC_F64;
}

/// A constant in every lane.
#[inline(always)]
pub(crate) fn constant<S: Simd, T: Scalar>(simd: S, value: f64) -> T::Vector<S> {
    splat(simd, T::from_f64(value))
}

/// `Σ coefficients[k] · xᵏ`, by Horner's rule.
#[inline(always)]
fn polynomial<S: Simd, T: Scalar>(
    simd: S,
    coefficients: &'static [T],
    x: T::Vector<S>,
) -> T::Vector<S> {
    let mut sum = splat(simd, coefficients[coefficients.len() - 1]);
    for &coefficient in coefficients.iter().rev().skip(1) {
        sum = sum.mul_add(x, splat::<S, T>(simd, coefficient));
    }
    sum
}

/// Whether the largest and the least of two values are the second where one is a NaN (Intel SDM, `MAXPS`).
const SECOND_OF_NAN: bool = cfg!(any(target_arch = "x86", target_arch = "x86_64"));

/// `max(x, bound)` where a NaN of `x` stays.
#[inline(always)]
pub(crate) fn at_least<S: Simd, T: Scalar>(x: T::Vector<S>, bound: T::Vector<S>) -> T::Vector<S> {
    if SECOND_OF_NAN { bound.max(x) } else { x.simd_lt(bound).select(bound, x) }
}

/// `min(x, bound)` where a NaN of `x` stays.
#[inline(always)]
pub(crate) fn at_most<S: Simd, T: Scalar>(x: T::Vector<S>, bound: T::Vector<S>) -> T::Vector<S> {
    if SECOND_OF_NAN { bound.min(x) } else { x.simd_gt(bound).select(bound, x) }
}

/// `2ⁿ` for whole `n` with a normal result.
#[inline(always)]
fn power_of_two<S: Simd, T: Scalar>(simd: S, n: T::Vector<S>) -> T::Vector<S> {
    let whole = (n + splat::<S, T>(simd, T::ROUNDING)).to_bits() << T::FRACTION;
    T::Vector::<S>::from_bits(whole + splat::<S, T>(simd, T::ONE).to_bits())
}

/// `n` and `eʳ - 1` of `x = n ln 2 + r`, `|r| ≤ ln 2 / 2`.
#[inline(always)]
fn reduce<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> (T::Vector<S>, T::Vector<S>) {
    let rounding = splat::<S, T>(simd, T::ROUNDING);
    let log2_e = constant::<S, T>(simd, core::f64::consts::LOG2_E);
    let n = x.mul_add(log2_e, rounding) - rounding;
    let [high, low] = T::LN_2;
    let r = n.mul_add(splat::<S, T>(simd, -high), x);
    let r = n.mul_add(splat::<S, T>(simd, -low), r);
    (n, r * polynomial::<S, T>(simd, T::EXPM1, r))
}

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let [least, most] = T::EXP_RANGE;
    let x = at_least::<S, T>(at_most::<S, T>(x, splat(simd, most)), splat(simd, least));
    let (n, p) = reduce::<S, T>(simd, x);
    let rounding = splat::<S, T>(simd, T::ROUNDING);
    let half = n.mul_add(constant::<S, T>(simd, 0.5), rounding) - rounding;
    let scaled = (p + T::ONE) * power_of_two::<S, T>(simd, half);
    scaled * power_of_two::<S, T>(simd, n - half)
}

/// `eˣ - 1`, infinite a little before the largest finite result.
#[inline(always)]
pub(crate) fn exp_m1<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let max = splat::<S, T>(simd, T::EXP_M1_MAX);
    let bounded = at_least::<S, T>(at_most::<S, T>(x, max), -max);
    let (n, p) = reduce::<S, T>(simd, bounded);
    let scale = power_of_two::<S, T>(simd, n);
    let value = scale.mul_add(p, scale - T::ONE);
    x.simd_gt(max).select(constant::<S, T>(simd, f64::INFINITY), value)
}

/// `2 artanh(s)` for `|s| ≤ 1/3`.
#[inline(always)]
fn double_artanh<S: Simd, T: Scalar>(simd: S, s: T::Vector<S>) -> T::Vector<S> {
    s * polynomial::<S, T>(simd, T::ARTANH, s * s)
}

/// `ln(1 + x)` for `x` in `[0, 1]`.
#[inline(always)]
pub(crate) fn ln_1p_unit<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    double_artanh::<S, T>(simd, x / (x + constant::<S, T>(simd, 2.0)))
}

/// `ln x`; NaN below zero.
#[inline(always)]
pub(crate) fn ln<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let (e, f) = exponent_and_fraction::<S, T>(simd, x);
    let log = double_artanh::<S, T>(simd, f / (f + constant::<S, T>(simd, 2.0)));
    let [high, low] = T::LN_2;
    let low = e.mul_add(splat::<S, T>(simd, low), log);
    let value = e.mul_add(splat::<S, T>(simd, high), low);
    let (zero, infinity) = (splat::<S, T>(simd, T::ZERO), constant::<S, T>(simd, f64::INFINITY));
    let value = x.simd_lt(infinity).select(value, x);
    let value = x.simd_eq(zero).select(-infinity, value);
    x.simd_lt(zero).select(constant::<S, T>(simd, f64::NAN), value)
}

/// `e` and `f` of a positive `x = 2ᵉ (1 + f)`, `√½ ≤ 1 + f < √2`.
#[inline(always)]
fn exponent_and_fraction<S: Simd, T: Scalar>(
    simd: S,
    x: T::Vector<S>,
) -> (T::Vector<S>, T::Vector<S>) {
    let one = splat::<S, T>(simd, T::ONE).to_bits();
    let least = constant::<S, T>(simd, core::f64::consts::FRAC_1_SQRT_2).to_bits();
    let tiny = x.simd_lt(splat::<S, T>(simd, T::MIN_NORMAL));
    let shift = f64::from(T::FRACTION);
    let normal = tiny.select(x * constant::<S, T>(simd, libm::exp2(shift)), x);
    let bits = normal.to_bits() + (one - least);
    let whole = constant::<S, T>(simd, libm::exp2(shift));
    let biased = T::Vector::<S>::from_bits((bits >> T::FRACTION) | whole.to_bits()) - whole;
    let bias = T::Vector::<S>::from_bits((one >> T::FRACTION) | whole.to_bits()) - whole;
    let fraction = T::Vector::<S>::from_bits(bits - ((bits >> T::FRACTION) << T::FRACTION) + least);
    let e = biased - bias - tiny.select(constant::<S, T>(simd, shift), splat(simd, T::ZERO));
    (e, fraction - T::ONE)
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let Some(quotient) = T::TANH else {
        let t = exp_m1::<S, T>(simd, x.abs() * constant::<S, T>(simd, -2.0));
        return (t / (t + constant::<S, T>(simd, 2.0))).copysign(x);
    };
    let [p, q] = fraction::<S, T>(simd, quotient, x);
    let one = splat::<S, T>(simd, T::ONE).copysign(x);
    x.abs().simd_gt(splat::<S, T>(simd, quotient.limit)).select(one, p / q)
}

/// `x P(x²)` and `Q(x²)`, in as few steps that wait for each other as there are.
#[inline(always)]
fn fraction<S: Simd, T: Scalar>(
    simd: S,
    Quotient { coefficients: [p, q], .. }: Quotient<T>,
    x: T::Vector<S>,
) -> [T::Vector<S>; 2] {
    let square = x * x;
    let fourth = square * square;
    let (p_low, p_high) = halves::<S, T>(simd, p, square, fourth);
    let (q_low, q_high) = halves::<S, T>(simd, q, square, fourth);
    [p_high.mul_add(x * fourth, x * p_low), q_high.mul_add(fourth, q_low)]
}

/// `c₀ + c₁ s` and `c₂ + c₃ s + c₄ s²`.
#[inline(always)]
fn halves<S: Simd, T: Scalar>(
    simd: S,
    c: [T; 5],
    s: T::Vector<S>,
    square: T::Vector<S>,
) -> (T::Vector<S>, T::Vector<S>) {
    let low = s.mul_add(c[1], splat::<S, T>(simd, c[0]));
    let high = s.mul_add(c[3], splat::<S, T>(simd, c[2]));
    (low, square.mul_add(c[4], high))
}

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let e = exp::<S, T>(simd, -x.abs());
    let numerator = x.simd_lt(splat::<S, T>(simd, T::ZERO)).select(e, splat(simd, T::ONE));
    numerator / (e + T::ONE)
}

/// The sigmoid of a gate, by which values are multiplied: `(1 + tanh(x / 2)) / 2`, in half the time.
#[inline(always)]
pub(crate) fn gate<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    let half = constant::<S, T>(simd, 0.5);
    let Some(quotient) = T::GATE else {
        return tanh::<S, T>(simd, x * half).mul_add(half, half);
    };
    let [p, q] = fraction::<S, T>(simd, quotient, x);
    let most = half.copysign(x);
    half + x.abs().simd_gt(splat::<S, T>(simd, quotient.limit)).select(most, p / q)
}

/// The gates of three values and the hyperbolic tangent of a fourth, with one division where they are
/// quotients; a NaN makes all four NaN.
#[inline(always)]
pub(crate) fn three_gates_and_tanh<S: Simd, T: Scalar>(
    simd: S,
    [a, b, c, d]: [T::Vector<S>; 4],
) -> [T::Vector<S>; 4] {
    let (Some(of_gate), Some(of_tanh)) = (T::GATE, T::TANH) else {
        let (a, b) = (gate::<S, T>(simd, a), gate::<S, T>(simd, b));
        return [a, b, gate::<S, T>(simd, c), tanh::<S, T>(simd, d)];
    };
    let half = constant::<S, T>(simd, 0.5);
    let a = bounded_fraction::<S, T>(simd, of_gate, a);
    let b = bounded_fraction::<S, T>(simd, of_gate, b);
    let c = bounded_fraction::<S, T>(simd, of_gate, c);
    let d = bounded_fraction::<S, T>(simd, of_tanh, d);
    let (ab, cd) = (a[1] * b[1], c[1] * d[1]);
    let inverse = splat::<S, T>(simd, T::ONE) / (ab * cd);
    let (of_ab, of_cd) = (inverse * cd, inverse * ab);
    [
        (a[0] * b[1]).mul_add(of_ab, half),
        (b[0] * a[1]).mul_add(of_ab, half),
        (c[0] * d[1]).mul_add(of_cd, half),
        d[0] * c[1] * of_cd,
    ]
}

/// [`fraction`] of `x` between the limits.
#[inline(always)]
fn bounded_fraction<S: Simd, T: Scalar>(
    simd: S,
    quotient: Quotient<T>,
    x: T::Vector<S>,
) -> [T::Vector<S>; 2] {
    let limit = splat::<S, T>(simd, quotient.limit);
    fraction(simd, quotient, at_least::<S, T>(at_most::<S, T>(x, limit), -limit))
}

/// `Φ(x)`, the normal distribution function: `erfc(z) = t · exp(P(2t - 1) - z²)`, `t = 2 / (2 + z)`, or a
/// quotient.
#[inline(always)]
pub(crate) fn normal_cdf<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    if let Some(ratio) = T::CDF {
        return half_and_ratio::<S, T>(simd, ratio, x);
    }
    let z = x.abs() * constant::<S, T>(simd, core::f64::consts::FRAC_1_SQRT_2);
    let t = constant::<S, T>(simd, 2.0) / (z + constant::<S, T>(simd, 2.0));
    let p = polynomial::<S, T>(simd, T::ERFC, t + t - T::ONE);
    let tail = t * constant::<S, T>(simd, 0.5) * exp::<S, T>(simd, (-z).mul_add(z, p));
    let upper = splat::<S, T>(simd, T::ONE) - tail;
    x.simd_gt(splat::<S, T>(simd, T::ZERO)).select(upper, tail)
}

/// `Φ(x) + x φ(x)`, the derivative of `x Φ(x)`; `φ = Φ'`.
#[inline(always)]
pub(crate) fn gelu_slope<S: Simd, T: Scalar>(simd: S, x: T::Vector<S>) -> T::Vector<S> {
    if let Some(ratio) = T::GELU_SLOPE {
        return half_and_ratio::<S, T>(simd, ratio, x);
    }
    let density = exp::<S, T>(simd, x * x * constant::<S, T>(simd, -0.5));
    let density = density * constant::<S, T>(simd, FRAC_1_SQRT_2PI);
    x.mul_add(density, normal_cdf::<S, T>(simd, x))
}

/// `1/2 + x P(x²) / Q(x²)`, between the limits.
#[inline(always)]
fn half_and_ratio<S: Simd, T: Scalar>(
    simd: S,
    Ratio { limit, p, q }: Ratio<T>,
    x: T::Vector<S>,
) -> T::Vector<S> {
    let half = constant::<S, T>(simd, 0.5);
    let square = x * x;
    let p = x * polynomial::<S, T>(simd, p, square);
    let ratio = p / polynomial::<S, T>(simd, q, square);
    half + x.abs().simd_gt(splat::<S, T>(simd, limit)).select(half.copysign(x), ratio)
}

#[cfg(test)]
mod tests;
