//! Fused passes: parameters, gradients and moments are read and written once.

use core::ops::Range;

use fearless_simd::{Select as _, SimdBase, SimdFloat};

use crate::{
    parallel::{Rows, share},
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// The constants that every rule shares, widened to vectors where they are used.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The learning rate.
    pub rate: f64,
    /// Of [`Decay::terms`](crate::optim): L2, L1, and what a weight keeps of itself.
    pub decay: [f64; 3],
}

/// The arithmetic of one optimizer with `M` moments.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// `w -= rate · g`.
    Sgd,
    /// `m = momentum · m + g; w -= rate · m`, or with Nesterov `w -= rate · (g + momentum · m)`.
    Momentum {
        /// How much of the last movement is kept.
        momentum: f64,
        /// Whether the gradient looks ahead.
        nesterov: bool,
    },
    /// `m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= rate · m / c₁ / (√(v / c₂) + ε)`.
    Adam {
        /// The decay of the first moment.
        beta1: f64,
        /// The decay of the second moment.
        beta2: f64,
        /// What keeps the quotient finite.
        epsilon: f64,
        /// `1 - β₁ᵗ` and `1 - β₂ᵗ`.
        correction: [f64; 2],
    },
    /// `v = ρ v + (1 - ρ) g²; w -= rate · g / (√v + ε)`.
    RmsProp {
        /// The decay of the second moment.
        rho: f64,
        /// What keeps the quotient finite.
        epsilon: f64,
    },
    /// `v += g²; w -= rate · g / (√v + ε)`.
    Adagrad {
        /// What keeps the quotient finite.
        epsilon: f64,
    },
}

/// One step over a segment for one scalar type; `m` and `v` are as long as `w`, or empty where the
/// rule has no such moment.
pub trait Pass: Sized {
    /// Moves `w`, `m` and `v`.
    fn pass(
        cpu: Cpu,
        rule: Rule,
        terms: Terms,
        w: &mut [Self],
        m: &mut [Self],
        v: &mut [Self],
        g: &[Self],
    );

    /// The sum of squares, in `f64`, in an order that does not depend on the threads.
    fn squares(g: &[Self]) -> f64;
}

macro_rules! pass {
    ($t:ident) => {
        impl Pass for $t {
            fn pass(
                cpu: Cpu,
                rule: Rule,
                terms: Terms,
                w: &mut [Self],
                m: &mut [Self],
                v: &mut [Self],
                g: &[Self],
            ) {
                pass(cpu, rule, terms, w, m, v, g);
            }

            fn squares(g: &[Self]) -> f64 {
                let lanes = g.chunks(1024).map(|chunk| {
                    let mut sums = [0.0_f64; 8];
                    for (i, g) in chunk.iter().enumerate() {
                        sums[i % 8] += f64::from(*g) * f64::from(*g);
                    }
                    sums.iter().sum::<f64>()
                });
                lanes.sum()
            }
        }
    };
}
pass!(f32);
pass!(f64);

fn pass<T: Scalar>(
    cpu: Cpu,
    rule: Rule,
    terms: Terms,
    w: &mut [T],
    m: &mut [T],
    v: &mut [T],
    g: &[T],
) {
    let len = w.len();
    let shared = (rows(w), (rows(m), rows(v)));
    share(cpu, len, 64, 4 * len, shared, &|range: Range<usize>, (w, (m, v))| {
        let (w, m, v, g) = (w.values, m.values, v.values, &g[range]);
        dispatch!(T, cpu, simd => chunk(simd, rule, terms, w, m, v, g));
    });
}

/// A value in every row, or none where there is no such moment.
fn rows<T>(values: &mut [T]) -> Rows<'_, T> {
    let len = usize::from(!values.is_empty());
    Rows { values, len }
}

#[inline(always)]
fn chunk<S: Simd, T: Scalar>(
    simd: S,
    rule: Rule,
    terms: Terms,
    w: &mut [T],
    m: &mut [T],
    v: &mut [T],
    g: &[T],
) {
    let lanes = T::Vector::<S>::LEN;
    let whole = w.len() / lanes * lanes;
    let mut at = 0;
    while at < whole {
        let end = at + lanes;
        let (m, v) = (part(m, at, end), part(v, at, end));
        one(simd, rule, terms, &mut w[at..end], m, v, &g[at..end]);
        at = end;
    }
    if whole < w.len() {
        tail(simd, rule, terms, &mut w[whole..], rest(m, whole), rest(v, whole), &g[whole..]);
    }
}

/// The part of a moment, empty where there is none.
#[inline(always)]
fn part<T>(moment: &mut [T], at: usize, end: usize) -> &mut [T] {
    if moment.is_empty() { moment } else { &mut moment[at..end] }
}

#[inline(always)]
fn rest<T>(moment: &mut [T], at: usize) -> &mut [T] {
    if moment.is_empty() { moment } else { &mut moment[at..] }
}

/// What is less than a vector goes through a padded one, so that its bits are those of a whole one.
#[inline(always)]
fn tail<S: Simd, T: Scalar>(
    simd: S,
    rule: Rule,
    terms: Terms,
    w: &mut [T],
    m: &mut [T],
    v: &mut [T],
    g: &[T],
) {
    let lanes = T::Vector::<S>::LEN;
    let padded = |values: &[T]| {
        let mut padded = [T::ZERO; 16];
        padded[..values.len()].copy_from_slice(values);
        padded
    };
    let (mut pw, mut pm, mut pv, pg) = (padded(w), padded(m), padded(v), padded(g));
    let (um, uv) = (if m.is_empty() { 0 } else { lanes }, if v.is_empty() { 0 } else { lanes });
    one(simd, rule, terms, &mut pw[..lanes], &mut pm[..um], &mut pv[..uv], &pg[..lanes]);
    w.copy_from_slice(&pw[..w.len()]);
    m.copy_from_slice(&pm[..m.len()]);
    v.copy_from_slice(&pv[..v.len()]);
}

/// One vector.
#[inline(always)]
fn one<S: Simd, T: Scalar>(
    simd: S,
    rule: Rule,
    terms: Terms,
    w: &mut [T],
    m: &mut [T],
    v: &mut [T],
    g: &[T],
) {
    let splat = |value: f64| T::from_f64(value);
    let [l2, l1, keep] = terms.decay;
    let weight = T::Vector::<S>::from_slice(simd, w);
    let mut gradient = T::Vector::<S>::from_slice(simd, g);
    if l2 != 0.0 {
        gradient = weight.mul_add(splat(l2), gradient);
    }
    if l1 != 0.0 {
        let signed = T::Vector::<S>::splat(simd, splat(l1)).copysign(weight);
        let zero = weight.simd_eq(splat(0.0));
        gradient = zero.select(gradient, gradient + signed);
    }
    let movement = movement(simd, rule, m, v, gradient);
    let kept = if keep == 1.0 { weight } else { weight * splat(keep) };
    movement.mul_add(splat(-terms.rate), kept).store_slice(w);
}

/// What the rate is multiplied by; moves the moments.
#[inline(always)]
fn movement<S: Simd, T: Scalar>(
    simd: S,
    rule: Rule,
    m: &mut [T],
    v: &mut [T],
    g: T::Vector<S>,
) -> T::Vector<S> {
    let splat = |value: f64| T::from_f64(value);
    match rule {
        Rule::Sgd => g,
        Rule::Momentum { momentum, nesterov } => {
            let moved = T::Vector::<S>::from_slice(simd, m).mul_add(splat(momentum), g);
            moved.store_slice(m);
            if nesterov { moved.mul_add(splat(momentum), g) } else { moved }
        }
        Rule::Adam { beta1, beta2, epsilon, correction: [first, second] } => {
            let m1 = T::Vector::<S>::from_slice(simd, m);
            let m1 = (g - m1).mul_add(splat(1.0 - beta1), m1);
            let scaled = g * splat(1.0 - beta2);
            let m2 = T::Vector::<S>::from_slice(simd, v).mul_add(splat(beta2), scaled * g);
            m1.store_slice(m);
            m2.store_slice(v);
            let root = m2.sqrt().mul_add(splat(1.0 / libm::sqrt(second)), splat(epsilon));
            m1 * splat(1.0 / first) / root
        }
        Rule::RmsProp { rho, epsilon } => {
            let scaled = g * splat(1.0 - rho);
            let m2 = T::Vector::<S>::from_slice(simd, v).mul_add(splat(rho), scaled * g);
            m2.store_slice(v);
            g / (m2.sqrt() + splat(epsilon))
        }
        Rule::Adagrad { epsilon } => {
            let m2 = g.mul_add(g, T::Vector::<S>::from_slice(simd, v));
            m2.store_slice(v);
            g / (m2.sqrt() + splat(epsilon))
        }
    }
}
