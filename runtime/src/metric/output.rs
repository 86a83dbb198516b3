//! A metric of one of several outputs.

use core::{fmt, marker::PhantomData};

use super::Metric;
use crate::network::Outputs;

/// One of the outputs of the network `N`, with its part of the targets `Y`.
#[doc(hidden)]
pub trait PartOf<N: Outputs, Y>: Outputs {
    /// What belongs to the output.
    type Target;
    /// The output among those of the network.
    fn output(outputs: &N::Output) -> &Self::Output;
    /// Its target among all.
    fn target(targets: &Y) -> &Self::Target;
}

/// A metric of one of several outputs: for a network `Player` with an output `policy`,
/// `PlayerOutput::policy(Accuracy)` makes one.
///
/// It reports as the metric does, with the name of the output besides.
pub struct OfOutput<O, M> {
    name: &'static str,
    metric: M,
    output: PhantomData<fn() -> O>,
}

impl<O, M> OfOutput<O, M> {
    /// A metric of the output of this name.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, metric: M) -> Self {
        Self { name, metric, output: PhantomData }
    }
}

impl<O, M: fmt::Debug> fmt::Debug for OfOutput<O, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OfOutput").field(&self.name).field(&self.metric).finish()
    }
}

impl<N: Outputs, Y, O: PartOf<N, Y>, M: Metric<O, O::Target>> Metric<N, Y> for OfOutput<O, M> {
    fn name(&self) -> &'static str {
        self.metric.name()
    }
    fn output(&self) -> Option<&'static str> {
        Some(self.name)
    }
    fn reset(&mut self) {
        self.metric.reset();
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        for (output, target) in outputs.iter().zip(targets) {
            let (output, target) = (O::output(output), O::target(target));
            self.metric.update(core::slice::from_ref(output), core::slice::from_ref(target));
        }
    }
    fn value(&self) -> f64 {
        self.metric.value()
    }
}
