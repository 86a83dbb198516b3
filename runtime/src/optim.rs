//! Optimizers: how gradients move parameters.
//!
//! An optimizer owns its moments, which are laid out as the parameters, and moves any range of them in
//! one fused pass. Names, defaults and formulas are those of PyTorch unless a method says otherwise.

mod adagrad;
mod adam;

mod rms_prop;
pub mod schedule;
mod sgd;

use core::ops::Range;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use rms_prop::RmsProp;
pub use sgd::Sgd;

use crate::{
    buffer::Block,
    pass::{Rule, Terms, Update},
    simd::{Cpu, Scalar},
};

/// A range of parameters that are moved alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it lies in the trained parameters.
    pub range: Range<usize>,
    /// The learning rate.
    pub rate: f64,
    /// What weight decay and L1 are multiplied by: zero for biases and normalisation.
    pub decay: f64,
}

/// A rule that moves parameters against their gradients.
pub trait Optimizer<T: Scalar>: Send {
    /// The learning rate it was made with, which schedules start from.
    fn rate(&self) -> f64;

    /// Whether weights and biases are moved differently: by weight decay or L1.
    fn decays(&self) -> bool;

    /// Makes zeroed moments for `len` parameters, unless they are there.
    fn prepare(&mut self, len: usize);

    /// Counts a step, before its segments are moved.
    fn begin(&mut self);

    /// Moves one segment. `parameters` and `gradients` are the whole trained range.
    fn update(&mut self, cpu: Cpu, segment: &Segment, parameters: &mut [T], gradients: &[T]);

    /// [`update`](Optimizer::update) of a segment of `parameters` as a pass that may be made part by
    /// part; `None` where it must see all gradients.
    #[doc(hidden)]
    fn pass<'a>(&'a mut self, segment: &Segment, parameters: &'a mut [T]) -> Option<Update<'a, T>> {
        let (_, _) = (segment, parameters);
        None
    }

    /// One step over all parameters at the optimizer's own rate, for loops of one's own. The first
    /// step allocates the moments; decay applies everywhere.
    fn step(&mut self, cpu: Cpu, parameters: &mut [T], gradients: &[T]) {
        self.prepare(parameters.len());
        self.begin();
        let segment = Segment { range: 0..parameters.len(), rate: self.rate(), decay: 1.0 };
        self.update(cpu, &segment, parameters, gradients);
    }
}

/// What pulls weights towards zero, besides the gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Decay {
    /// Added to the gradient: `l2 · w`.
    pub(crate) l2: f64,
    /// Added to the gradient: `l1 · sign(w)`.
    pub(crate) l1: f64,
    /// Taken off the weight itself: `rate · decoupled · w` (Loshchilov 2019).
    pub(crate) decoupled: f64,
}

impl Decay {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }

    /// The constants of one pass over a segment.
    pub(crate) fn terms(self, segment: &Segment) -> [f64; 3] {
        let Segment { rate, decay, .. } = segment;
        [self.l2 * decay, self.l1 * decay, 1.0 - rate * self.decoupled * decay]
    }
}

/// Makes a zeroed moment, unless it is there.
fn ensure<T: Scalar>(moment: &mut Option<Block<T>>, len: usize) {
    if moment.as_ref().is_none_or(|moment| moment.len() != len) {
        *moment = Some(Block::zeroed(len));
    }
}

/// The pass over a segment by a rule whose only moment is the second.
fn second_moment<'a, T: Scalar>(
    rule: Rule,
    decay: Decay,
    moment: &'a mut Option<Block<T>>,
    segment: &Segment,
    parameters: &'a mut [T],
) -> Option<Update<'a, T>> {
    let at = segment.range.clone();
    let terms = Terms { rate: segment.rate, decay: decay.terms(segment) };
    let moment = &mut moment.as_mut()?[at.clone()];
    Some(Update::new(rule, terms, &mut parameters[at], &mut [], moment))
}

/// Moves a segment by the pass of an optimizer.
fn update<T: Scalar>(
    optimizer: &mut impl Optimizer<T>,
    cpu: Cpu,
    segment: &Segment,
    parameters: &mut [T],
    gradients: &[T],
) {
    if let Some(update) = optimizer.pass(segment, parameters) {
        T::pass(cpu, update, &gradients[segment.range.clone()]);
    }
}

/// The methods that set decay, for optimizers with a field `decay`.
macro_rules! decays {
    ($name:ident) => {
        impl<T: $crate::simd::Scalar> $name<T> {
            /// L2 regularisation: adds `strength · w` to the gradient of every weight. The gradient
            /// of `strength / 2 · |w|²`.
            #[must_use]
            pub fn l2(mut self, strength: f64) -> Self {
                self.decay.l2 = strength;
                self
            }

            /// L1 regularisation: adds `strength · sign(w)` to the gradient of every weight.
            #[must_use]
            pub fn l1(mut self, strength: f64) -> Self {
                self.decay.l1 = strength;
                self
            }

            /// Decoupled weight decay (Loshchilov 2019): takes `rate · strength · w` off every weight.
            #[must_use]
            pub fn weight_decay(mut self, strength: f64) -> Self {
                self.decay.decoupled = strength;
                self
            }
        }
    };
}
pub(crate) use decays;
