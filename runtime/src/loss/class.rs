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

    /// Whether each place where the network normalises classes has a distribution of its own, one after
    /// the other in this target.
    fn is_for_every_place(&self) -> bool {
        false
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
    fn is_for_every_place(&self) -> bool {
        true
    }
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

/// What of an output is compared with one label or distribution.
pub(crate) struct Part<'a, O, Y> {
    /// The outputs of its classes.
    pub(crate) output: &'a [O],
    target: &'a Y,
    step: usize,
    /// Where its distribution begins in that of its step.
    first: usize,
}

impl<O, Y: ClassTarget> Part<'_, O, Y> {
    /// The probability of a class.
    fn probability(&self, class: usize) -> f64 {
        self.target.probability(self.step, self.first + class)
    }

    /// The likeliest class of the target.
    pub(crate) fn class(&self) -> usize {
        if !self.target.is_for_every_place() {
            return self.target.class(self.step);
        }
        let likelier = |best, class| match self.probability(class) > self.probability(best) {
            true => class,
            false => best,
        };
        (1..self.output.len()).fold(0, likelier)
    }
}

/// The parts of an output, of which `classes` values each are normalised together.
pub(crate) fn parts<'a, O, Y: ClassTarget>(
    output: &'a [O],
    target: &'a Y,
    classes: usize,
) -> impl ExactSizeIterator<Item = Part<'a, O, Y>> {
    let of_step = (output.len() / target.steps().max(1)).max(1);
    let places = match target.is_for_every_place() {
        true => (of_step / classes.max(1)).max(1),
        false => 1,
    };
    output.chunks_exact(of_step / places).enumerate().map(move |(at, output)| {
        let first = at % places * output.len();
        Part { output, target, step: at / places, first }
    })
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
