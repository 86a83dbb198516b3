//! Adagrad.

use super::{Decay, Optimizer, Segment, decays};
use crate::{
    buffer::Block,
    pass::{Rule, Update},
    simd::{Cpu, Scalar},
};

/// Adagrad (Duchi 2011): gradients divided by the root of their sum of squares.
///
/// `v += g²`, `w -= rate · g / (√v + ε)`. Defaults: rate 0.01, ε 1e-10.
#[derive(Clone, Debug)]
pub struct Adagrad<T: Scalar> {
    rate: f64,
    epsilon: f64,
    decay: Decay,
    moment: Option<Block<T>>,
}

impl<T: Scalar> Default for Adagrad<T> {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl<T: Scalar> Adagrad<T> {
    /// Adagrad with a learning rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, epsilon: 1e-10, decay: Decay::default(), moment: None }
    }

    /// What keeps the quotient finite.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    fn rule(&self) -> Rule {
        Rule::Adagrad { epsilon: self.epsilon }
    }
}

decays!(Adagrad);

impl<T: Scalar> Optimizer<T> for Adagrad<T> {
    fn rate(&self) -> f64 {
        self.rate
    }
    fn decays(&self) -> bool {
        self.decay.any()
    }
    fn prepare(&mut self, len: usize) {
        super::ensure(&mut self.moment, len);
    }
    fn begin(&mut self) {}
    fn update(&mut self, cpu: Cpu, segment: &Segment, parameters: &mut [T], gradients: &[T]) {
        super::update(self, cpu, segment, parameters, gradients);
    }
    fn pass<'a>(&'a mut self, segment: &Segment, parameters: &'a mut [T]) -> Option<Update<'a, T>> {
        let rule = self.rule();
        super::second_moment(rule, self.decay, &mut self.moment, segment, parameters)
    }
}
