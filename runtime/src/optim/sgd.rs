//! Stochastic gradient descent.

use super::{Decay, Optimizer, Segment, decays};
use crate::{
    buffer::Block,
    pass::{Rule, Terms, Update},
    simd::{Cpu, Scalar},
};

/// Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983) where asked for.
///
/// `m = momentum · m + g`, `w -= rate · m`; with Nesterov `w -= rate · (g + momentum · m)`.
#[derive(Clone, Debug)]
pub struct Sgd<T: Scalar> {
    rate: f64,
    momentum: f64,
    nesterov: bool,
    decay: Decay,
    moment: Option<Block<T>>,
}

impl<T: Scalar> Sgd<T> {
    /// Plain gradient descent with a learning rate.
    #[must_use]
    pub fn new(rate: f64) -> Self {
        Self { rate, momentum: 0.0, nesterov: false, decay: Decay::default(), moment: None }
    }

    /// How much of the last movement is kept, from 0 up to 1.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Nesterov's momentum: the gradient looks ahead.
    #[must_use]
    pub fn nesterov(mut self, momentum: f64) -> Self {
        (self.momentum, self.nesterov) = (momentum, true);
        self
    }
}

decays!(Sgd);

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    fn rate(&self) -> f64 {
        self.rate
    }
    fn decays(&self) -> bool {
        self.decay.any()
    }
    fn prepare(&mut self, len: usize) {
        let missing = self.moment.as_ref().is_none_or(|moment| moment.len() != len);
        if self.momentum != 0.0 && missing {
            self.moment = Some(Block::zeroed(len));
        }
    }
    fn begin(&mut self) {}
    fn update(&mut self, cpu: Cpu, segment: &Segment, parameters: &mut [T], gradients: &[T]) {
        super::update(self, cpu, segment, parameters, gradients);
    }
    fn pass<'a>(&'a mut self, segment: &Segment, parameters: &'a mut [T]) -> Option<Update<'a, T>> {
        let at = segment.range.clone();
        let terms = Terms { rate: segment.rate, decay: self.decay.terms(segment) };
        let w = &mut parameters[at.clone()];
        Some(match &mut self.moment {
            None => Update::new(Rule::Sgd, terms, w, &mut [], &mut []),
            Some(moment) => {
                let rule = Rule::Momentum { momentum: self.momentum, nesterov: self.nesterov };
                Update::new(rule, terms, w, &mut moment[at], &mut [])
            }
        })
    }
}
