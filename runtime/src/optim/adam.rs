//! Adam and AdamW.

use super::{Decay, Optimizer, Segment, decays};
use crate::{
    buffer::Block,
    pass::{MeanSquare, Rule, Terms, Update},
    simd::{Cpu, Scalar, root},
};

/// Adam (Kingma 2015): gradients divided by the root of their mean square.
///
/// `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, `w -= rate · m̂ / (√v̂ + ε)`, with `m̂` and `v̂`
/// corrected for starting at zero. Defaults: rate 0.001, β 0.9 and 0.999, ε 1e-8.
#[derive(Clone, Debug)]
pub struct Adam<T: Scalar> {
    rate: f64,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    decay: Decay,
    steps: i32,
    moments: Option<[Block<T>; 2]>,
}

impl<T: Scalar> Default for Adam<T> {
    fn default() -> Self {
        Self::new(1e-3)
    }
}

impl<T: Scalar> Adam<T> {
    /// Adam with a learning rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8);
        Self { rate, beta1, beta2, epsilon, decay: Decay::default(), steps: 0, moments: None }
    }

    /// The decay rates of the moments.
    #[must_use]
    pub fn betas(mut self, beta1: f64, beta2: f64) -> Self {
        (self.beta1, self.beta2) = (beta1, beta2);
        self
    }

    /// What keeps the quotient finite.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    fn rule(&self) -> Rule {
        let power = |beta: f64| 1.0 - libm::pow(beta, f64::from(self.steps));
        Rule::Adam {
            beta1: self.beta1,
            square: MeanSquare::new::<T>(self.beta2),
            epsilon: self.epsilon,
            correction: [1.0 / power(self.beta1), 1.0 / root(power(self.beta2))],
        }
    }
}

decays!(Adam);

/// Adam with decoupled weight decay (Loshchilov 2019).
#[derive(Clone, Copy, Debug)]
pub struct AdamW;

impl AdamW {
    /// Adam whose weights lose `rate · 0.01` of themselves a step, or what
    /// [`weight_decay`](Adam::weight_decay) sets.
    #[must_use]
    #[allow(clippy::new_ret_no_self)]
    pub fn new<T: Scalar>(rate: f64) -> Adam<T> {
        Adam::new(rate).weight_decay(0.01)
    }
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    fn rate(&self) -> f64 {
        self.rate
    }
    fn decays(&self) -> bool {
        self.decay.any()
    }
    fn prepare(&mut self, len: usize) {
        if self.moments.as_ref().is_none_or(|[m, _]| m.len() != len) {
            self.moments = Some([Block::zeroed(len), Block::zeroed(len)]);
            self.steps = 0;
        }
    }
    fn begin(&mut self) {
        self.steps = self.steps.saturating_add(1);
    }
    fn update(&mut self, cpu: Cpu, segment: &Segment, parameters: &mut [T], gradients: &[T]) {
        super::update(self, cpu, segment, parameters, gradients);
    }
    fn pass<'a>(&'a mut self, segment: &Segment, parameters: &'a mut [T]) -> Option<Update<'a, T>> {
        let (rule, at) = (self.rule(), segment.range.clone());
        let terms = Terms { rate: segment.rate, decay: self.decay.terms(segment) };
        let [m, v] = self.moments.as_mut()?;
        let (m, v) = (&mut m[at.clone()], &mut v[at.clone()]);
        Some(Update::new(rule, terms, &mut parameters[at], m, v))
    }
}
