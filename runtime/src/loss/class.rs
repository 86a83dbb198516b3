//! Losses of classifiers.

use alloc::vec::Vec;

use super::{Found, Loss, TargetError};
use crate::{
    array::Array,
    network::{Entry, Head, Outputs, head},
    simd::Scalar,
};

/// A class target: an integer label ("sparse"), an array of one for every step of a sequence, or a
/// distribution over the classes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a class target",
    note = "class targets are integer labels (`u8`, `usize`, ..), arrays of one for every step, and distributions `[f32; CLASSES]`; `ChooseALoss` says that `loss` was not called yet"
)]
pub trait ClassTarget {
    /// Parts of the output that have a label each, such as the steps of a sequence.
    fn steps(&self) -> usize {
        1
    }

    /// Whether the target fits so many outputs, rows of `last` values each.
    ///
    /// # Errors
    ///
    /// When a label is beyond the classes, there is not one for every step, or a distribution holds
    /// anything but probabilities.
    fn check(&self, outputs: usize, last: usize) -> Result<(), TargetError>;

    /// The probability of a class at a step.
    fn probability(&self, step: usize, class: usize) -> f64;

    /// The likeliest class at a step.
    fn class(&self, step: usize) -> usize;
}

macro_rules! labels {
    ($($t:ty),*) => {$(
        impl ClassTarget for $t {
            fn check(&self, outputs: usize, _last: usize) -> Result<(), TargetError> {
                if usize::try_from(*self).is_ok_and(|label| label < outputs) {
                    return Ok(());
                }
                Err(TargetError::new(Found::Label(*self as i128), outputs))
            }
            fn probability(&self, step: usize, class: usize) -> f64 {
                f64::from(u8::from(self.class(step) == class))
            }
            fn class(&self, _step: usize) -> usize {
                usize::try_from(*self).unwrap_or(usize::MAX)
            }
        }

        impl<const STEPS: usize> ClassTarget for [$t; STEPS] {
            fn steps(&self) -> usize {
                STEPS
            }
            fn check(&self, outputs: usize, last: usize) -> Result<(), TargetError> {
                if STEPS * last != outputs {
                    return Err(TargetError::new(Found::Steps(STEPS), outputs / last));
                }
                self.iter().try_for_each(|label| label.check(last, last))
            }
            fn probability(&self, step: usize, class: usize) -> f64 {
                self[step].probability(0, class)
            }
            fn class(&self, step: usize) -> usize {
                self[step].class(0)
            }
        }
    )*};
}
labels!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl<T: Scalar, const C: usize> ClassTarget for [T; C] {
    fn check(&self, outputs: usize, _last: usize) -> Result<(), TargetError> {
        if C != outputs {
            return Err(TargetError::new(Found::Classes(C), outputs));
        }
        let possible = |value: f64| (-1e-6..=1.0 + 1e-6).contains(&value);
        match self.iter().map(|value| value.to_f64()).find(|value| !possible(*value)) {
            Some(value) => Err(TargetError::new(Found::NotProbability(value), outputs)),
            None => Ok(()),
        }
    }
    fn probability(&self, _step: usize, class: usize) -> f64 {
        self.get(class).map_or(0.0, |value| value.to_f64())
    }
    fn class(&self, _step: usize) -> usize {
        arg_max(self)
    }
}

/// The index of the greatest value, the first of equals.
pub(crate) fn arg_max<T: Scalar>(values: &[T]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// A network that ends in `softmax`.
#[diagnostic::on_unimplemented(
    message = "`CrossEntropy` needs a network that ends in `softmax`",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "end the network with `softmax`, or use `CrossEntropyWithLogits` for plain outputs or `NegativeLogLikelihood` after `log_softmax`"
)]
pub trait EndsInSoftmax: Head {}
impl EndsInSoftmax for head::Softmax {}
impl EndsInSoftmax for head::Unknown {}

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
        log_of_at_least(value, f64::MIN_POSITIVE)
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

    /// The weight of a step: its class's, or that of its distribution in the mean.
    fn weight(&self, target: &impl ClassTarget, step: usize, classes: usize) -> f64 {
        if self.weights.is_empty() {
            return 1.0;
        }
        let weight = |class: usize| self.weights.get(class).copied().unwrap_or(1.0);
        (0..classes).map(|class| target.probability(step, class) * weight(class)).sum()
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
            let (steps, n) = (target.steps(), output.len() / target.steps());
            for (step, output) in output.chunks_exact(n).enumerate() {
                let scale = 1.0 / (outputs.len() * steps) as f64;
                let weight = scale * self.weight(target, step, n);
                let d = d.as_deref_mut().map(|d| &mut d[step * n..(step + 1) * n]);
                let expected = |class| {
                    let classes = classes.min(n) as f64;
                    (1.0 - self.smoothing) * target.probability(step, class)
                        + self.smoothing / classes
                };
                loss += weight * of_step(classes.min(n), output, d, weight, expected, &view);
            }
        }
        loss
    }
}

/// `-Σ t ln p` over a step; with `d`, `weight (p Σ t - t)`, where the second sum is over the classes
/// that are normalised together.
fn of_step<T: Scalar>(
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
        log_of_at_least(output.to_f64(), f64::from(f32::MIN_POSITIVE))
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
    /// With an array of labels, one for every step, it is the mean over the steps.
    /// Softmax and loss are differentiated as one, `p - t`, so that nothing is lost where `p`
    /// underflows; in the value `p` counts as at least the smallest positive number.
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

/// `ln max(p, least)`, where NaN stays NaN.
pub(super) fn log_of_at_least(p: f64, least: f64) -> f64 {
    libm::log(if p < least { least } else { p })
}

/// The Kullback-Leibler divergence of the outputs from target distributions: `Σ t ln(t / p)`.
///
/// The network ends in `softmax` or `log_softmax`; terms with `t = 0` are zero.
#[derive(Clone, Copy, Debug, Default)]
pub struct KlDivergence;

impl<N: Outputs> Loss<N, N::Output> for KlDivergence
where
    N::Head: EndsInDistribution,
{
    const ENTRY: Entry = Entry::Head;
    const SEPARABLE: bool = true;

    fn check(&self, target: &N::Output) -> Result<(), TargetError> {
        let target = N::Output::flat(core::slice::from_ref(target));
        let outside = |value: &f64| !(-1e-6..=1.0 + 1e-6).contains(value);
        match target.iter().map(|value| value.to_f64()).find(outside) {
            Some(value) => Err(TargetError::new(Found::NotProbability(value), target.len())),
            None => Ok(()),
        }
    }

    fn value(&self, outputs: &[N::Output], targets: &[N::Output]) -> f64 {
        let terms = N::Output::flat(outputs).iter().zip(N::Output::flat(targets));
        let divergence = terms.filter(|(_, t)| **t > N::Scalar::ZERO).map(|(y, t)| {
            let t = t.to_f64();
            t * (libm::log(t) - N::Head::log(y.to_f64()))
        });
        divergence.sum::<f64>() / outputs.len().max(1) as f64
    }

    fn gradient(&self, outputs: &[N::Output], targets: &[N::Output], d: &mut [N::Output]) -> f64 {
        let (scale, classes) = (1.0 / outputs.len().max(1) as f64, N::CLASSES);
        for ((d, y), t) in d.iter_mut().zip(outputs).zip(targets) {
            let (y, t) = (core::slice::from_ref(y), core::slice::from_ref(t));
            let places = N::Output::flat(y).chunks(classes).zip(N::Output::flat(t).chunks(classes));
            let d = N::Output::flat_mut(core::slice::from_mut(d)).chunks_mut(classes);
            for (d, (y, t)) in d.zip(places) {
                let total: f64 = t.iter().map(|t| t.to_f64()).sum();
                for ((d, y), t) in d.iter_mut().zip(y).zip(t) {
                    let p = N::Head::probability(y.to_f64());
                    *d = N::Scalar::from_f64(scale * (p * total - t.to_f64()));
                }
            }
        }
        Loss::<N, N::Output>::value(self, outputs, targets)
    }
}
