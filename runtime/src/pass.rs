//! Fused passes: parameters, gradients and moments are read and written once.

use core::ops::Range;

use fearless_simd::{Select as _, SimdBase, SimdFloat};

use crate::{
    gradient::WeightGradient,
    kernel::gemm::gemm_grad_weight_by_blocks,
    parallel::{Share, share},
    simd::{Cpu, Scalar, Simd, dispatch, root},
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
    /// `m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; w -= rate · c₁ m / (c₂ √v + ε)`.
    Adam {
        /// The decay of the first moment.
        beta1: f64,
        /// `v`, the second moment.
        square: MeanSquare,
        /// What keeps the quotient finite.
        epsilon: f64,
        /// `1 / (1 - β₁ᵗ)` and `1 / √(1 - β₂ᵗ)`.
        correction: [f64; 2],
    },
    /// `v = ρ v + (1 - ρ) g²; w -= rate · g / (√v + ε)`.
    RmsProp {
        /// `v`, the moment.
        square: MeanSquare,
        /// What keeps the quotient finite.
        epsilon: f64,
    },
    /// `v += g²; w -= rate · g / (√v + ε)`.
    Adagrad {
        /// What keeps the quotient finite.
        epsilon: f64,
    },
}

/// `v = ρ v + (1 - ρ) g²`.
///
/// What would be subnormal counts as zero: its arithmetic takes a hundred times as long on many processors, and
/// nothing of it is seen beside an `ε`.
#[derive(Clone, Copy, Debug)]
pub struct MeanSquare {
    /// `ρ`.
    decay: f64,
    /// Of the gradients whose share is normal, the smallest.
    least: f64,
}

impl MeanSquare {
    /// The mean that keeps `decay` of itself a step, over `T`.
    #[must_use]
    pub fn new<T: Scalar>(decay: f64) -> Self {
        Self { decay, least: root(T::MIN_NORMAL.to_f64() / (1.0 - decay)) }
    }
}

/// A step over a segment: every value moves by its own gradient, so it may be made part by part.
#[derive(Debug)]
pub struct Update<'a, T> {
    pub(crate) rule: Rule,
    pub(crate) terms: Terms,
    /// The parameters.
    pub(crate) w: &'a mut [T],
    /// The moments, as long as `w`, or empty where the rule has no such moment.
    pub(crate) m: &'a mut [T],
    pub(crate) v: &'a mut [T],
    /// How many values are shared out together.
    row: usize,
}

impl<'a, T> Update<'a, T> {
    #[cfg(feature = "alloc")]
    pub(crate) fn new(
        rule: Rule,
        terms: Terms,
        w: &'a mut [T],
        m: &'a mut [T],
        v: &'a mut [T],
    ) -> Self {
        Self { rule, terms, w, m, v, row: 1 }
    }

    /// In rows of so many values.
    fn by_rows(self, row: usize) -> Self {
        Self { row, ..self }
    }
}

impl<T: Send> Share for Update<'_, T> {
    fn split(self, rows: usize) -> (Self, Self) {
        let Self { rule, terms, row, .. } = self;
        let at = rows * row;
        let (w, w2) = self.w.split_at_mut(at);
        let (m, m2) = self.m.split_at_mut(at.min(self.m.len()));
        let (v, v2) = self.v.split_at_mut(at.min(self.v.len()));
        (Self { rule, terms, w, m, v, row }, Self { rule, terms, w: w2, m: m2, v: v2, row })
    }
}

/// Passes over parameters for one scalar type.
pub trait Pass: Sized {
    /// Moves by the gradient `g`.
    fn pass(cpu: Cpu, update: Update<'_, Self>, g: &[Self]);

    /// Moves by the gradient of a weight, rows of which are computed when they are needed, in `room`
    /// of the size of the weight: what lies there afterwards is of no use.
    fn pass_by(
        cpu: Cpu,
        update: Update<'_, Self>,
        room: &mut [Self],
        gradient: WeightGradient<'_, Self>,
    );

    /// The sum of squares, in `f64`, in an order that does not depend on the threads.
    fn squares(g: &[Self]) -> f64;
}

macro_rules! pass {
    ($t:ident, $where:meta) => {
        impl Pass for $t {
            #[$where]
            fn pass(cpu: Cpu, update: Update<'_, Self>, g: &[Self]) {
                pass(cpu, update, g);
            }

            #[$where]
            fn pass_by(
                cpu: Cpu,
                update: Update<'_, Self>,
                room: &mut [Self],
                gradient: WeightGradient<'_, Self>,
            ) {
                pass_by(cpu, update, room, gradient);
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
pass!(f32, inline(never));
pass!(f64, cfg_attr(not(feature = "f64"), inline));

fn pass<T: Scalar>(cpu: Cpu, update: Update<'_, T>, g: &[T]) {
    let len = update.w.len();
    share(cpu, len, 64, 4 * len, update, &|range: Range<usize>, update| {
        let (g, Update { rule, terms, w, m, v, .. }) = (&g[range], update);
        dispatch!(T, cpu, simd => chunk(simd, rule, terms, w, m, v, g));
    });
}

fn pass_by<T: Scalar>(
    cpu: Cpu,
    update: Update<'_, T>,
    room: &mut [T],
    gradient: WeightGradient<'_, T>,
) {
    let alone = cpu.with_threads(1);
    let update = update.by_rows(gradient.outputs);
    gemm_grad_weight_by_blocks(cpu, room, gradient, update, &|g, update| {
        pass(alone, update.by_rows(1), g);
    });
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
            let moved = normal::<S, T>(
                simd,
                T::Vector::<S>::from_slice(simd, m).mul_add(splat(momentum), g),
            );
            moved.store_slice(m);
            if nesterov { moved.mul_add(splat(momentum), g) } else { moved }
        }
        Rule::Adam { beta1, square, epsilon, correction: [first, second] } => {
            let m1 = T::Vector::<S>::from_slice(simd, m);
            let m1 = normal::<S, T>(simd, (g - m1).mul_add(splat(1.0 - beta1), m1));
            let m2 = mean_square(simd, square, v, g);
            m1.store_slice(m);
            let scale = m2.sqrt().mul_add(splat(second), splat(epsilon));
            m1 * splat(first) / scale
        }
        Rule::RmsProp { square, epsilon } => {
            g / (mean_square(simd, square, v, g).sqrt() + splat(epsilon))
        }
        Rule::Adagrad { epsilon } => {
            let m2 = g.mul_add(g, T::Vector::<S>::from_slice(simd, v));
            m2.store_slice(v);
            g / (m2.sqrt() + splat(epsilon))
        }
    }
}

/// Moves `v`.
#[inline(always)]
fn mean_square<S: Simd, T: Scalar>(
    simd: S,
    square: MeanSquare,
    v: &mut [T],
    g: T::Vector<S>,
) -> T::Vector<S> {
    let [rho, rest, least] = [square.decay, 1.0 - square.decay, square.least].map(T::from_f64);
    let g = at_least::<S, T>(simd, g, least);
    let mean = T::Vector::<S>::from_slice(simd, v).mul_add(rho, g * rest * g);
    let mean = normal::<S, T>(simd, mean);
    mean.store_slice(v);
    mean
}

/// Zero for subnormal numbers: moments whose gradients stay zero would end as such.
#[inline(always)]
fn normal<S: Simd, T: Scalar>(simd: S, values: T::Vector<S>) -> T::Vector<S> {
    at_least::<S, T>(simd, values, T::MIN_NORMAL)
}

/// Zero for what is smaller than `least`.
#[inline(always)]
fn at_least<S: Simd, T: Scalar>(simd: S, values: T::Vector<S>, least: T) -> T::Vector<S> {
    let zero = T::Vector::<S>::splat(simd, T::ZERO);
    values.abs().simd_lt(least).select(zero, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moments after a gradient of one and many of `rest`.
    fn moments<T: Scalar>(rule: Rule, rest: T) -> [Vec<T>; 2] {
        let (mut w, mut m, mut v) = (vec![T::ONE; 19], vec![T::ZERO; 19], vec![T::ZERO; 19]);
        let terms = Terms { rate: 1e-3, decay: [0.0, 0.0, 1.0] };
        for step in 0..9000 {
            let g = vec![if step == 0 { T::ONE } else { rest }; 19];
            let update = Update::new(rule, terms, &mut w, &mut m, &mut v);
            T::pass(Cpu::detect(), update, &g);
            let seen = m.iter().chain(&v).copied();
            for value in seen.filter(|value| *value != T::ZERO) {
                assert!(value >= T::MIN_NORMAL, "{} in step {step}", value.to_f64());
            }
        }
        [m, v]
    }

    #[test]
    fn moments_are_zero_before_they_are_subnormal() {
        let square = MeanSquare::new::<f32>(0.9);
        let adam = Rule::Adam { beta1: 0.9, square, epsilon: 1e-8, correction: [1.0; 2] };
        let momentum = Rule::Momentum { momentum: 0.9, nesterov: false };
        let zeros = vec![0.0_f32; 19];
        assert_eq!(moments(adam, 0.0), [zeros.clone(), zeros.clone()]);
        assert_eq!(moments(momentum, 0.0)[0], zeros);
        assert_eq!(moments(Rule::RmsProp { square, epsilon: 1e-8 }, 1e-20)[1], zeros);
    }

    #[test]
    fn the_smallest_share_of_a_mean_is_normal() {
        let square = MeanSquare::new::<f64>(0.999);
        let share = |g: f64| (1.0 - square.decay) * g * g;
        assert!(share(1.01 * square.least) >= f64::MIN_POSITIVE);
        assert!(share(0.99 * square.least) < f64::MIN_POSITIVE);
    }
}
