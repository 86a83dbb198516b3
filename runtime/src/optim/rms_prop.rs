//! RMSProp.

use super::{Decay, Optimizer, Segment, decays};
use crate::{
    buffer::Block,
    pass::{MeanSquare, Rule, Update},
    simd::{Cpu, Scalar},
};

/// RMSProp (Tieleman 2012): gradients divided by the root of their running mean square.
///
/// `v = ρ v + (1 - ρ) g²`, `w -= rate · g / (√v + ε)`. Defaults: rate 0.01, ρ 0.99, ε 1e-8.
#[derive(Clone, Debug)]
pub struct RmsProp<T: Scalar> {
    rate: f64,
    rho: f64,
    epsilon: f64,
    decay: Decay,
    moment: Option<Block<T>>,
}

impl<T: Scalar> Default for RmsProp<T> {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl<T: Scalar> RmsProp<T> {
    /// RMSProp with a learning rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, rho: 0.99, epsilon: 1e-8, decay: Decay::default(), moment: None }
    }

    /// How slowly the mean square forgets.
    #[must_use]
    pub fn rho(mut self, rho: f64) -> Self {
        self.rho = rho;
        self
    }

    /// What keeps the quotient finite.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    fn rule(&self) -> Rule {
        Rule::RmsProp { square: MeanSquare::new::<T>(self.rho), epsilon: self.epsilon }
    }
}

decays!(RmsProp);

impl<T: Scalar> Optimizer<T> for RmsProp<T> {
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
