//! The runtime of monograd: kernels, buffers, losses, optimizers, metrics, data and training.
//!
//! Networks are declared with `network!` of the `monograd` crate, whose expansion calls the
//! kernels of this crate. A layer is unknown here: the runtime computes no shape and owns no
//! weights, it only executes [verbs](kernel).

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod array;
pub mod buffer;
pub mod custom;
#[cfg(feature = "alloc")]
pub mod data;
pub mod gradient;
#[cfg(feature = "alloc")]
mod graph;
pub mod half;
pub mod init;
pub mod kernel;
#[cfg(feature = "alloc")]
pub mod loss;
#[cfg(feature = "alloc")]
pub mod metric;
pub mod network;
#[cfg(feature = "alloc")]
pub mod optim;
mod parallel;
pub mod part;
pub mod pass;

pub mod pointwise;
pub mod predict;

pub mod regularize;
pub mod rng;
pub mod simd;
#[cfg(feature = "alloc")]
mod summary;
#[cfg(feature = "std")]
pub mod train;
#[cfg(feature = "weights")]
pub mod weights;

/// What most programs need.
pub mod prelude {
    pub use crate::half::{bf16, f16};
    pub use crate::network::{Network, Scratch, Tape};
    pub use crate::predict::{Causal, Predict, Prepared, State, Step};
    pub use crate::rng::Rng;
    #[cfg(feature = "std")]
    pub use crate::train::{
        EarlyStopping, Epoch, Evaluator, History, Report, TrainError, Trainer, evaluate,
    };
    #[cfg(feature = "weights")]
    pub use crate::weights::{Weights, WeightsError};
    #[cfg(feature = "alloc")]
    pub use crate::{
        data::Dataset,
        loss::{
            BinaryCrossEntropy, BinaryCrossEntropyWithLogits, CrossEntropy, CrossEntropyWithLogits,
            Huber, KlDivergence, Loss, MeanAbsoluteError, MeanSquaredError, NegativeLogLikelihood,
        },
        metric::{
            Accuracy, BinaryAccuracy, BinaryAccuracyWithLogits, ConfusionMatrix, MeanAbsolute,
            Metric, RSquared, RootMeanSquare, TopK,
        },
        optim::{Adagrad, Adam, AdamW, Optimizer, RmsProp, Sgd},
    };
}

#[cfg(test)]
mod testing;
