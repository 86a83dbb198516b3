//! Losses of classifiers.

mod target;

use alloc::vec::Vec;

pub use target::ClassTarget;
use target::Part;
pub(crate) use target::{arg_max, parts};

use super::{Loss, TargetError};
use crate::{
    array::Array,
    network::{Entry, Head, Outputs, head},
    simd::Scalar,
};

/// A network that ends in `softmax`.
#[diagnostic::on_unimplemented(
    message = "`CrossEntropy` needs a network that ends in `softmax`",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "end the network with `softmax`, or use `CrossEntropyWithLogits` for plain outputs or `NegativeLogLikelihood` after `log_softmax`"
)]
pub trait EndsInSoftmax: Head {}
impl EndsInSoftmax for head::Softmax {}
impl EndsInSoftmax for head::Unknown {}
impl<H: Head> EndsInSoftmax for head::Hidden<H> where Self: head::Seen {}

/// A network that ends in plain values.
#[diagnostic::on_unimplemented(
    message = "this loss takes logits, and the network ends in probabilities already",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "remove the last `softmax` or `sigmoid`, or use `CrossEntropy` or `BinaryCrossEntropy`"
)]
pub trait EndsInLogits: Head {}
impl EndsInLogits for head::Plain {}
impl EndsInLogits for head::Unknown {}

/// A network that ends in `log_softmax`.
#[diagnostic::on_unimplemented(
    message = "`NegativeLogLikelihood` needs a network that ends in `log_softmax`",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "end the network with `log_softmax`, or use `CrossEntropy` after `softmax`"
)]
pub trait EndsInLogSoftmax: Head {}
impl EndsInLogSoftmax for head::LogSoftmax {}
impl EndsInLogSoftmax for head::Unknown {}
impl<H: Head> EndsInLogSoftmax for head::Hidden<H> where Self: head::Seen {}

/// A network that ends in a distribution: `softmax` or `log_softmax`.
#[diagnostic::on_unimplemented(
    message = "`KlDivergence` needs a network that ends in `softmax` or `log_softmax`",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "end the network with `softmax`"
)]
pub trait EndsInDistribution: Head {
    /// The logarithm of the probability that an output value stands for.
    fn log(value: f64) -> f64;
    /// The probability that an output value stands for.
    fn probability(value: f64) -> f64;
}

impl EndsInDistribution for head::Softmax {
    fn log(value: f64) -> f64 {
        log_of_at_least(value)
    }
    fn probability(value: f64) -> f64 {
        value
    }
}
impl EndsInDistribution for head::LogSoftmax {
    fn log(value: f64) -> f64 {
        value
    }
    fn probability(value: f64) -> f64 {
        libm::exp(value)
    }
}
impl EndsInDistribution for head::Unknown {
    fn log(value: f64) -> f64 {
        value
    }
    fn probability(value: f64) -> f64 {
        value
    }
}

/// The settings that all cross-entropies share: `-Σ w t' ln p` with `t' = (1 - s) t + s / C`.
#[derive(Clone, Debug, Default)]
struct Settings {
    smoothing: f64,
    weights: Vec<f64>,
}

impl Settings {
    const NONE: Self = Self { smoothing: 0.0, weights: Vec::new() };

    /// The weight of a part: its class's, or that of its distribution in the mean.
    fn weight<T>(&self, part: &Part<'_, T, impl ClassTarget>) -> f64 {
        if self.weights.is_empty() {
            return 1.0;
        }
        let weight = |class: usize| self.weights.get(class).copied().unwrap_or(1.0);
        (0..part.output.len()).map(|class| part.probability(class) * weight(class)).sum()
    }

    /// The mean loss; with `d`, the gradient by the logits. `classes` are normalised together.
    fn run<O: Array>(
        &self,
        classes: usize,
        outputs: &[O],
        targets: &[impl ClassTarget],
        mut d: Option<&mut [O]>,
        view: impl View<O::Scalar>,
    ) -> f64 {
        let mut loss = 0.0;
        for (row, (output, target)) in outputs.iter().zip(targets).enumerate() {
            let output = O::flat(core::slice::from_ref(output));
            let mut d = d.as_deref_mut().map(|d| O::flat_mut(core::slice::from_mut(&mut d[row])));
            let parts = parts(output, target, classes);
            let scale = 1.0 / (outputs.len() * parts.len()) as f64;
            for (at, part) in parts.enumerate() {
                let (n, weight) = (part.output.len(), scale * self.weight(&part));
                let d = d.as_deref_mut().map(|d| &mut d[at * n..(at + 1) * n]);
                let classes = classes.min(n);
                let expected = |class| {
                    (1.0 - self.smoothing) * part.probability(class)
                        + self.smoothing / classes as f64
                };
                loss += weight * of_part(classes, part.output, d, weight, expected, &view);
            }
        }
        loss
    }
}

/// `-Σ t ln p` over a part; with `d`, `weight (p Σ t - t)`, where the second sum is over the classes
/// that are normalised together.
fn of_part<T: Scalar>(
    classes: usize,
    output: &[T],
    d: Option<&mut [T]>,
    weight: f64,
    expected: impl Fn(usize) -> f64,
    view: &impl View<T>,
) -> f64 {
    let shift = view.shift(output);
    if let Some(d) = d {
        for first in (0..output.len()).step_by(classes) {
            let total: f64 = (first..first + classes).map(&expected).sum();
            for class in first..first + classes {
                let probability = view.probability(output[class], shift);
                d[class] = T::from_f64(weight * (probability * total - expected(class)));
            }
        }
    }
    let nonzero = (0..output.len()).filter(|class| expected(*class) != 0.0);
    -nonzero.map(|class| expected(class) * view.log(output[class], shift)).sum::<f64>()
}

/// What outputs say of probabilities.
trait View<T: Scalar> {
    /// What all classes have in common.
    fn shift(&self, _output: &[T]) -> f64 {
        0.0
    }
    /// The logarithm of the probability.
    fn log(&self, output: T, shift: f64) -> f64;
    fn probability(&self, output: T, shift: f64) -> f64;
}

/// Outputs are probabilities.
struct Probabilities;

impl<T: Scalar> View<T> for Probabilities {
    fn log(&self, output: T, _shift: f64) -> f64 {
        log_of_at_least(output.to_f64())
    }
    fn probability(&self, output: T, _shift: f64) -> f64 {
        output.to_f64()
    }
}

/// Outputs are their logarithms, but for a term `ln Σ exp(z)` where they are logits.
struct Logarithms {
    are_logits: bool,
}

impl<T: Scalar> View<T> for Logarithms {
    fn shift(&self, output: &[T]) -> f64 {
        if !self.are_logits {
            return 0.0;
        }
        let max = output.iter().map(|z| z.to_f64()).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = output.iter().map(|z| libm::exp(z.to_f64() - max)).sum();
        max + libm::log(sum)
    }
    fn log(&self, output: T, shift: f64) -> f64 {
        output.to_f64() - shift
    }
    fn probability(&self, output: T, shift: f64) -> f64 {
        libm::exp(output.to_f64() - shift)
    }
}

macro_rules! class_loss {
    ($(#[$doc:meta])* $name:ident, $bound:ident, $entry:expr, $view:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            settings: Settings,
        }

        /// The loss without smoothing and class weights.
        #[allow(non_upper_case_globals)]
        pub const $name: $name = $name { settings: Settings::NONE };

        impl Default for $name {
            fn default() -> Self {
                $name
            }
        }

        impl $name {
            /// Moves `smoothing` of every target's probability to all classes alike (Szegedy 2016).
            #[must_use]
            pub fn label_smoothing(mut self, smoothing: f64) -> Self {
                self.settings.smoothing = smoothing.clamp(0.0, 1.0);
                self
            }

            /// Weights samples by their class. As in Keras the sum is divided by the number of
            /// samples, not by the sum of the weights; classes beyond `weights` count once.
            #[must_use]
            pub fn class_weights(mut self, weights: impl Into<Vec<f64>>) -> Self {
                self.settings.weights = weights.into();
                self
            }
        }

        impl<N: Outputs, Y: ClassTarget> Loss<N, Y> for $name
        where
            N::Head: $bound,
        {
            const ENTRY: Entry = $entry;
            const SEPARABLE: bool = true;

            fn check(&self, target: &Y) -> Result<(), TargetError> {
                target.check(N::Output::LEN, N::Output::LAST)
            }
            fn value(&self, outputs: &[N::Output], targets: &[Y]) -> f64 {
                self.settings.run(N::CLASSES, outputs, targets, None, $view)
            }
            fn gradient(
                &self,
                outputs: &[N::Output],
                targets: &[Y],
                d: &mut [N::Output],
            ) -> f64 {
                self.settings.run(N::CLASSES, outputs, targets, Some(d), $view)
            }
        }
    };
}

class_loss! {
    /// Cross-entropy over the probabilities of a network that ends in `softmax`: `-ln p[label]`.
    ///
    /// With an array of labels, one for every step, it is the mean over the steps; likewise with a
    /// distribution for every step, one after the other.
    /// Softmax and loss are differentiated as one, `p - t`, so that nothing is lost where `p`
    /// underflows; in the value `p` counts as at least the least normal number of `f32`.
    CrossEntropy, EndsInSoftmax, Entry::Head, Probabilities
}

class_loss! {
    /// Cross-entropy over the log-probabilities of a network that ends in `log_softmax`.
    NegativeLogLikelihood, EndsInLogSoftmax, Entry::Head, Logarithms { are_logits: false }
}

class_loss! {
    /// Cross-entropy over plain outputs, taken as logits: `ln Σ exp(z) - z[label]`.
    CrossEntropyWithLogits, EndsInLogits, Entry::Output, Logarithms { are_logits: true }
}

/// `ln max(p, least)` with the least normal number of `f32`, where NaN stays NaN.
pub(super) fn log_of_at_least(p: f64) -> f64 {
    const LEAST: f64 = f32::MIN_POSITIVE as f64;
    libm::log(if p < LEAST { LEAST } else { p })
}
