//! Losses that compare every output with a target of its own.

use super::{EndsInLogits, Found, Loss, TargetError, class::log_of_at_least};
use crate::{
    array::Array,
    network::{Entry, Head, Outputs, head},
    simd::Scalar,
};

/// A network that ends in `sigmoid`.
#[diagnostic::on_unimplemented(
    message = "`BinaryCrossEntropy` needs a network that ends in `sigmoid`",
    label = "this network ends in a layer of the kind `{Self}`",
    note = "end the network with `sigmoid`, or use `BinaryCrossEntropyWithLogits` for plain outputs"
)]
pub trait EndsInSigmoid: Head {}
impl EndsInSigmoid for head::Sigmoid {}
impl EndsInSigmoid for head::Unknown {}
impl<H: Head> EndsInSigmoid for head::Hidden<H> where Self: head::Seen {}

/// The mean of `f` over all outputs; with `d`, its derivative by the outputs.
fn run<O: Array>(
    outputs: &[O],
    targets: &[O],
    d: Option<&mut [O]>,
    f: impl Fn(f64, f64) -> f64,
    derivative: impl Fn(f64, f64) -> f64,
) -> f64 {
    let (y, t) = (O::flat(outputs), O::flat(targets));
    let scale = 1.0 / y.len().max(1) as f64;
    let pairs = || y.iter().zip(t).map(|(y, t)| (y.to_f64(), t.to_f64()));
    if let Some(d) = d {
        for (d, (y, t)) in O::flat_mut(d).iter_mut().zip(pairs()) {
            *d = O::Scalar::from_f64(scale * derivative(y, t));
        }
    }
    scale * pairs().map(|(y, t)| f(y, t)).sum::<f64>()
}

fn check_finite<O: Array>(target: &O) -> Result<(), TargetError> {
    find(target, |value| !value.is_finite(), Found::NotFinite)
}

fn check_probability<O: Array>(target: &O) -> Result<(), TargetError> {
    find(target, |value| !(0.0..=1.0).contains(&value), Found::NotProbability)
}

fn find<O: Array>(
    target: &O,
    wrong: impl Fn(f64) -> bool,
    found: fn(f64) -> Found,
) -> Result<(), TargetError> {
    let mut values = O::flat(core::slice::from_ref(target)).iter().map(|value| value.to_f64());
    match values.find(|value| wrong(*value)) {
        Some(value) => Err(TargetError::new(found(value), O::LEN)),
        None => Ok(()),
    }
}

macro_rules! dense_loss {
    (
        $(#[$doc:meta])* $name:ident $(, $bound:ident)?; $entry:expr, $check:ident,
        $f:expr, $derivative:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl<N: Outputs> Loss<N, N::Output> for $name $(where N::Head: $bound)? {
            const ENTRY: Entry = $entry;
            const SEPARABLE: bool = true;

            fn check(&self, target: &N::Output) -> Result<(), TargetError> {
                $check(target)
            }
            fn value(&self, outputs: &[N::Output], targets: &[N::Output]) -> f64 {
                run(outputs, targets, None, $f, $derivative)
            }
            fn gradient(
                &self,
                outputs: &[N::Output],
                targets: &[N::Output],
                d: &mut [N::Output],
            ) -> f64 {
                run(outputs, targets, Some(d), $f, $derivative)
            }
        }
    };
}

dense_loss! {
    /// `(y - t)²`, averaged.
    MeanSquaredError; Entry::Output, check_finite, |y, t| (y - t) * (y - t), |y, t| 2.0 * (y - t)
}

dense_loss! {
    /// `|y - t|`, averaged; its derivative at zero is zero.
    MeanAbsoluteError; Entry::Output, check_finite, |y, t| (y - t).abs(), |y, t| sign(y - t)
}

dense_loss! {
    /// `-t ln p - (1 - t) ln(1 - p)` over the probabilities of a network that ends in `sigmoid`,
    /// averaged.
    ///
    /// Sigmoid and loss are differentiated as one, `p - t`; in the value the logarithms are of at
    /// least the least normal number of `f32`.
    BinaryCrossEntropy, EndsInSigmoid; Entry::Head, check_probability,
    |p, t| -t * log(p) - (1.0 - t) * log(1.0 - p), |p, t| p - t
}

dense_loss! {
    /// The same over plain outputs, taken as logits: `max(z, 0) - t z + ln(1 + exp(-|z|))`.
    BinaryCrossEntropyWithLogits, EndsInLogits; Entry::Output, check_probability,
    |z, t| if z > 0.0 { z } else { 0.0 * z } - t * z + libm::log1p(libm::exp(-z.abs())),
    |z, t| 1.0 / (1.0 + libm::exp(-z)) - t
}

fn log(p: f64) -> f64 {
    log_of_at_least(p)
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// `d² / 2` where `|d| <= delta`, else `delta (|d| - delta / 2)`, with `d = y - t`, averaged
/// (Huber 1964).
#[derive(Clone, Copy, Debug)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// The loss that is quadratic up to `delta` and linear beyond.
    ///
    /// # Panics
    ///
    /// When `delta` is not above 0.
    #[must_use]
    pub const fn new(delta: f64) -> Self {
        assert!(delta > 0.0, "the delta of a Huber loss is above 0");
        Self { delta }
    }
}

impl Default for Huber {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl Huber {
    fn run<O: Array>(&self, outputs: &[O], targets: &[O], d: Option<&mut [O]>) -> f64 {
        let delta = self.delta;
        let value = |y: f64, t: f64| {
            let distance = (y - t).abs();
            let quadratic = if distance > delta { delta } else { distance };
            quadratic * (distance - 0.5 * quadratic)
        };
        run(outputs, targets, d, value, |y, t| (y - t).clamp(-delta, delta))
    }
}

impl<N: Outputs> Loss<N, N::Output> for Huber {
    const ENTRY: Entry = Entry::Output;
    const SEPARABLE: bool = true;

    fn check(&self, target: &N::Output) -> Result<(), TargetError> {
        check_finite(target)
    }
    fn value(&self, outputs: &[N::Output], targets: &[N::Output]) -> f64 {
        self.run(outputs, targets, None)
    }
    fn gradient(&self, outputs: &[N::Output], targets: &[N::Output], d: &mut [N::Output]) -> f64 {
        self.run(outputs, targets, Some(d))
    }
}
