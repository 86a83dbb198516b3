//! What stops a training run.

use std::fmt;

use thiserror::Error;

use crate::loss::TargetError;

/// Why a network cannot be trained, or not further.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TrainError {
    /// There is nothing to train on.
    #[error("the {part} data has no samples")]
    Empty {
        /// `training`, `validation` or `test`.
        part: &'static str,
    },
    /// A setting of the trainer is beyond its range.
    #[error("`{setting}` is {value}, expected {expected}")]
    Setting {
        /// The method or argument that set it.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// The values it may have.
        expected: &'static str,
    },
    /// A target does not fit the network; found before the first step.
    #[error("sample {row} of the {part} data: {source}")]
    Target {
        /// `training`, `validation` or `test`.
        part: &'static str,
        /// The sample.
        row: usize,
        /// What is wrong with it.
        source: TargetError,
    },
    /// A rate was given to a layer that the network does not have, or that has nothing to train.
    #[error("the network has no layer `{name}` with trained parameters, only {}", layers.join(", "))]
    UnknownLayer {
        /// The name given.
        name: String,
        /// The layers that are trained.
        layers: Vec<&'static str>,
    },
    /// The loss is infinite or NaN.
    #[error("the loss is {loss} in epoch {epoch}, batch {batch}: {place}")]
    NotFinite {
        /// The epoch, from one.
        epoch: usize,
        /// The batch of the epoch, from one.
        batch: usize,
        /// The loss.
        loss: f64,
        /// Where the first value that is not finite was found.
        place: Place,
    },
    /// The threads could not be started.
    #[error("cannot start {threads} threads: {reason}")]
    Threads {
        /// The number of threads.
        threads: usize,
        /// What the system said.
        reason: String,
    },
}

/// Where values stop being finite.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In the input of a sample.
    Input {
        /// The sample of the training data, from zero.
        row: usize,
    },
    /// In a parameter, after a step that was too large.
    Parameter {
        /// Its name.
        name: &'static str,
    },
    /// In the output of a layer.
    Layer {
        /// Its name.
        name: &'static str,
    },
    /// In the loss alone.
    Loss,
}

impl Place {
    /// The same, where samples have other numbers.
    pub(super) fn of_data(self, number: impl FnOnce(usize) -> usize) -> Self {
        match self {
            Self::Input { row } => Self::Input { row: number(row) },
            place => place,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { row } => {
                write!(f, "the input of sample {row} of the training data is not finite")
            }
            Self::Parameter { name } => {
                write!(
                    f,
                    "the parameter `{name}` is not finite; lower the learning rate or clip gradients"
                )
            }
            Self::Layer { name } => {
                write!(f, "`{name}` is the first layer whose output is not finite")
            }
            Self::Loss => f.write_str("all outputs are finite, only the loss is not"),
        }
    }
}
