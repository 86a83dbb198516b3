//! What keeps the weights of single layers small in training: `l1`, `l2` and `max_norm`.
//!
//! A layer that is declared as `dense(128, l1 = 1e-5, l2 = 1e-4)` adds `l1 · Σ |w| + l2 · Σ w²` over
//! its weight to what training minimises, as Keras' `L1L2` does; one with `max_norm = 3` has the
//! weights that enter a unit scaled back after every step where their norm is above 3 (Srebro and
//! Shraibman 2005). [`Trainer`](crate::train::Trainer) sees to both; loops of one's own call
//! [`penalty`] and [`add_gradients`] before the optimizer's step, and [`constrain`] after it.
//!
//! This is apart from what an optimizer does to all weights alike, whose `l2(s)` follows PyTorch: it
//! adds `s · w` to gradients, where `l2 = s` of a layer adds `2 · s · w`.

use crate::{
    network::{Network, ParamInfo},
    parallel::{Rows, share},
    simd::{Cpu, Scalar},
};

/// The penalty `l1 · Σ |w| + l2 · Σ w²` of a weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regularizer {
    /// The factor of the sum of absolute values.
    pub l1: f64,
    /// The factor of the sum of squares.
    pub l2: f64,
}

impl Regularizer {
    /// No penalty.
    pub const NONE: Self = Self { l1: 0.0, l2: 0.0 };

    /// Whether there is no penalty.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// `l1 · Σ |w| + l2 · Σ w²`.
    #[must_use]
    pub fn penalty<T: Scalar>(self, weight: &[T]) -> f64 {
        let of = |factor: f64, sum: fn(&[T]) -> f64| {
            if factor == 0.0 { 0.0 } else { factor * sum(weight) }
        };
        of(self.l1, sum_of_magnitudes) + of(self.l2, T::squares)
    }

    /// Adds `l1 · sign(w) + 2 · l2 · w` to the gradient; a weight of zero feels no pull by `l1`.
    ///
    /// # Panics
    ///
    /// When the gradient is shorter than the weight.
    pub fn add_gradient<T: Scalar>(self, cpu: Cpu, weight: &[T], gradient: &mut [T]) {
        let (l1, l2) = (T::from_f64(self.l1), T::from_f64(2.0 * self.l2));
        let sign = |w: T| {
            if w > T::ZERO {
                l1
            } else if w < T::ZERO {
                -l1
            } else {
                T::ZERO
            }
        };
        let len = weight.len();
        let gradient = Rows { values: &mut gradient[..len], len: 1 };
        share(cpu, len, 64, len, gradient, &|range, gradient| {
            for (gradient, w) in gradient.values.iter_mut().zip(&weight[range]) {
                *gradient += l2 * *w + sign(*w);
            }
        });
    }
}

/// `Σ |w|` in `f64`, in an order that does not depend on the threads.
fn sum_of_magnitudes<T: Scalar>(weight: &[T]) -> f64 {
    let sums = weight.chunks(1024).map(|chunk| {
        let mut sums = [0.0_f64; 8];
        for (at, w) in chunk.iter().enumerate() {
            sums[at % 8] += w.to_f64().abs();
        }
        sums.iter().sum::<f64>()
    });
    sums.sum()
}

/// The largest norm of the weights that enter one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxNorm {
    /// The largest Euclidean norm.
    pub limit: f64,
    /// The number of units: outputs, filters, or rows of a table.
    pub units: usize,
    /// How many weights of a unit lie side by side; the weight is `[.., units, inner]`.
    pub inner: usize,
}

/// Units whose norms are taken together.
const BLOCK: usize = 64;

impl MaxNorm {
    /// Scales what enters a unit by `limit / ‖w‖` where `‖w‖ > limit`.
    pub fn project<T: Scalar>(self, weight: &mut [T]) {
        for start in (0..self.units).step_by(BLOCK) {
            let units = start * self.inner..(start + BLOCK).min(self.units) * self.inner;
            let mut squares = [0.0; BLOCK];
            for row in weight.chunks_exact(self.units * self.inner) {
                for (sum, unit) in squares.iter_mut().zip(row[units.clone()].chunks(self.inner)) {
                    *sum += unit.iter().map(|w| w.to_f64() * w.to_f64()).sum::<f64>();
                }
            }
            if squares.iter().all(|squares| *squares <= self.limit * self.limit) {
                continue;
            }
            let factors = squares.map(|squares| self.factor(squares));
            for row in weight.chunks_exact_mut(self.units * self.inner) {
                for (factor, unit) in factors.iter().zip(row[units.clone()].chunks_mut(self.inner))
                {
                    unit.iter_mut().for_each(|w| *w *= T::from_f64(*factor));
                }
            }
        }
    }

    /// What the weights of a unit are multiplied by, given the sum of their squares.
    fn factor(self, squares: f64) -> f64 {
        let norm = libm::sqrt(squares);
        if norm > self.limit { self.limit / norm } else { 1.0 }
    }
}

/// The penalties of all layers that are trained, which Keras adds to the loss.
#[must_use]
pub fn penalty<N: Network>(net: &N) -> f64 {
    let (trained, _) = net.parameters().split();
    penalized::<N>().map(|param| param.regularizer.penalty(&trained[place(param)])).sum()
}

/// Adds the gradients of all penalties to `gradients`, which are laid out as the trained parameters.
///
/// # Panics
///
/// When `gradients` is shorter than `TRAINED`.
pub fn add_gradients<N: Network>(net: &N, cpu: Cpu, gradients: &mut [N::Scalar]) {
    let (trained, _) = net.parameters().split();
    for param in penalized::<N>() {
        let at = place(param);
        param.regularizer.add_gradient(cpu, &trained[at.clone()], &mut gradients[at]);
    }
}

/// Scales back what a step has moved beyond the largest norms of the layers that are trained.
pub fn constrain<N: Network>(net: &mut N) {
    constrain_where(net, |_| true);
}

/// The same of the parameters of which `moved` holds.
pub(crate) fn constrain_where<N: Network>(net: &mut N, moved: impl Fn(&ParamInfo) -> bool) {
    if const { !any_constraint(N::PARAMS) } {
        return;
    }
    let (trained, _) = net.parameters_mut().split_mut();
    for param in N::PARAMS.iter().filter(|param| param.trained && moved(param)) {
        let Some(constraint) = param.max_norm else { continue };
        let turns = trained[place(param)].chunks_exact_mut((param.len / param.copies).max(1));
        turns.for_each(|weight| constraint.project(weight));
    }
}

/// The trained parameters with a penalty; nothing is looked for where a network has none.
fn penalized<N: Network>() -> impl Iterator<Item = &'static ParamInfo> {
    let params = if const { any_penalty(N::PARAMS) } { N::PARAMS } else { &[] };
    params.iter().filter(|param| param.trained && !param.regularizer.is_none())
}

fn place(param: &ParamInfo) -> core::ops::Range<usize> {
    param.offset..param.offset + param.len
}

const fn any_penalty(params: &[ParamInfo]) -> bool {
    let mut at = 0;
    while at < params.len() && params[at].regularizer.is_none() {
        at += 1;
    }
    at < params.len()
}

const fn any_constraint(params: &[ParamInfo]) -> bool {
    let mut at = 0;
    while at < params.len() && params[at].max_norm.is_none() {
        at += 1;
    }
    at < params.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: &[f64], expected: &[f64]) -> bool {
        actual.len() == expected.len()
            && actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-12)
    }

    #[test]
    fn penalties_and_their_gradients() {
        let both = Regularizer { l1: 0.5, l2: 0.1 };
        let weight = [2.0, -3.0, 0.0];
        assert!((both.penalty(&weight) - (0.5 * 5.0 + 0.1 * 13.0)).abs() < 1e-12);
        let mut gradient = [1.0, 1.0, 1.0];
        both.add_gradient(Cpu::detect(), &weight, &mut gradient);
        assert!(close(&gradient, &[1.0 + 0.5 + 0.4, 1.0 - 0.5 - 0.6, 1.0]), "{gradient:?}");
    }

    /// The gradient is the difference quotient of the penalty.
    #[test]
    fn gradients_are_differences() {
        let both = Regularizer { l1: 0.3, l2: 0.7 };
        let weight: [f64; 5] = [0.4, -1.1, 2.5, -0.2, 0.9];
        let mut gradient = [0.0; 5];
        both.add_gradient(Cpu::detect(), &weight, &mut gradient);
        for (at, gradient) in gradient.iter().enumerate() {
            let moved = |by: f64| {
                let mut moved = weight;
                moved[at] += by;
                both.penalty(&moved)
            };
            let difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((gradient - difference).abs() < 1e-8, "{gradient} and {difference}");
        }
    }

    /// Weights of units over the last axis, over the first, and over one in the middle.
    #[test]
    fn what_enters_a_unit_keeps_within_its_norm() {
        let columns = MaxNorm { limit: 1.0, units: 2, inner: 1 };
        let mut weight = [3.0, 0.1, 4.0, 0.2];
        columns.project(&mut weight);
        assert!(close(&weight, &[0.6, 0.1, 0.8, 0.2]), "{weight:?}");

        let rows = MaxNorm { limit: 1.0, units: 2, inner: 2 };
        let mut weight = [3.0, 4.0, 0.1, 0.2];
        rows.project(&mut weight);
        assert!(close(&weight, &[0.6, 0.8, 0.1, 0.2]), "{weight:?}");

        let middle = MaxNorm { limit: 5.0, units: 1, inner: 2 };
        let mut weight = [6.0, 0.0, 0.0, 8.0];
        middle.project(&mut weight);
        assert!(close(&weight, &[3.0, 0.0, 0.0, 4.0]), "{weight:?}");
    }

    /// Units beyond one block, against norms taken one by one.
    #[test]
    fn many_units_are_taken_in_blocks() {
        let (rows, units) = (7, 2 * BLOCK + 3);
        let mut weight: Vec<f64> = (0..rows * units).map(|at| ((at * 37) % 23) as f64).collect();
        let before = weight.clone();
        MaxNorm { limit: 30.0, units, inner: 1 }.project(&mut weight);
        let mut scaled = 0;
        for unit in 0..units {
            let norm = (0..rows).map(|row| before[row * units + unit].powi(2)).sum::<f64>().sqrt();
            let factor = (30.0 / norm).min(1.0);
            scaled += usize::from(factor < 1.0);
            for row in 0..rows {
                let at = row * units + unit;
                assert!((weight[at] - factor * before[at]).abs() < 1e-9, "unit {unit}, row {row}");
            }
        }
        assert!(scaled > 0 && scaled < units, "{scaled} of {units}");
    }
}
