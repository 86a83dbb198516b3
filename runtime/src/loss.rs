//! Losses: how far outputs are from targets, and the gradient that training starts from.
//!
//! A loss says by its bounds which networks it fits, by their last layer. Values and gradients are
//! means over the batch; where a target has several numbers, over these too.

mod class;
mod dense;
mod divergence;

use core::fmt;

pub use class::{
    ClassTarget, CrossEntropy, CrossEntropyWithLogits, EndsInDistribution, EndsInLogSoftmax,
    EndsInLogits, EndsInSoftmax, NegativeLogLikelihood,
};
pub(crate) use class::{arg_max, parts};
pub use dense::{
    BinaryCrossEntropy, BinaryCrossEntropyWithLogits, EndsInSigmoid, Huber, MeanAbsoluteError,
    MeanSquaredError,
};
pub use divergence::KlDivergence;

use crate::network::{Entry, Outputs};

/// A loss for networks like `N` and targets of the type `Y`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot compare the outputs of `{N}` with targets of the type `{Y}`",
    note = "class losses take integer labels, one or one for every step, or a distribution `[T; CLASSES]`; the others take targets of the type of the outputs"
)]
pub trait Loss<N: Outputs, Y>: Send + Sync {
    /// Where the gradient enters the backward pass.
    const ENTRY: Entry;
    /// Whether the loss of a batch is the mean of the losses of its samples, as of all losses here: then
    /// the trainer shows it parts of batches, which is faster. `false` for a loss that compares samples
    /// with each other.
    const SEPARABLE: bool = false;

    /// Whether a target is possible for this network.
    ///
    /// # Errors
    ///
    /// When it is not, such as a label beyond the outputs.
    fn check(&self, _target: &Y) -> Result<(), TargetError> {
        Ok(())
    }

    /// The mean loss of a batch.
    fn value(&self, outputs: &[N::Output], targets: &[Y]) -> f64;

    /// The mean loss of a batch, whose gradient is written to `d`: see [`Network::seam`](crate::network::Network::seam).
    fn gradient(&self, outputs: &[N::Output], targets: &[Y], d: &mut [N::Output]) -> f64;
}

/// A target that a loss or metric cannot use.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetError {
    /// What the target is.
    pub found: Found,
    /// The number of values of the output.
    pub outputs: usize,
    /// The name of the output, where the network has several.
    pub output: Option<&'static str>,
}

impl TargetError {
    pub(crate) const fn new(found: Found, outputs: usize) -> Self {
        Self { found, outputs, output: None }
    }

    /// The same, said of one of several outputs.
    #[must_use]
    pub const fn of(self, output: &'static str) -> Self {
        Self { output: Some(output), ..self }
    }
}

/// What is wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// A label that is negative or not below the number of outputs.
    Label(i128),
    /// A number that is infinite or NaN.
    NotFinite(f64),
    /// A number that should be a probability.
    NotProbability(f64),
    /// A distribution over another number of classes.
    Classes(usize),
    /// Labels for another number of steps.
    Steps(usize),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outputs = self.outputs;
        match self.found {
            Found::Label(label) => {
                write!(
                    f,
                    "label {label} is not one of the {outputs} classes 0 to {}",
                    outputs - 1
                )?;
            }
            Found::NotFinite(value) => write!(f, "the target {value} is not a finite number")?,
            Found::NotProbability(value) => {
                write!(f, "the target {value} is not a probability from 0 to 1")?;
            }
            Found::Steps(steps) => {
                write!(f, "labels for {steps} steps, where the outputs have {outputs}")?;
            }
            Found::Classes(classes) => {
                write!(
                    f,
                    "a distribution over {classes} classes, where the outputs are {outputs}"
                )?;
            }
        }
        self.output.map_or(Ok(()), |output| write!(f, ", for the output `{output}`"))
    }
}

impl core::error::Error for TargetError {}
