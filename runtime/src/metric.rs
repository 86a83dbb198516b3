//! Metrics: what people read of a network, measured over all samples of a data set.

mod class;
mod dense;
mod output;

pub use class::{Accuracy, ConfusionMatrix, TopK};
pub use dense::{BinaryAccuracy, BinaryAccuracyWithLogits, MeanAbsolute, RSquared, RootMeanSquare};
pub use output::{OfOutput, PartOf};

use crate::network::Outputs;

/// A figure that is gathered batch by batch, for networks like `N` and targets of the type `Y`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot measure the outputs of `{N}` against targets of the type `{Y}`",
    note = "class metrics take integer labels or distributions; the others take targets of the type of the outputs. Choose the loss before the metrics"
)]
pub trait Metric<N: Outputs, Y>: Send {
    /// The name in reports.
    fn name(&self) -> &'static str;

    /// The output that it is of, where a network has several.
    fn output(&self) -> Option<&'static str> {
        None
    }

    /// Forgets what was gathered.
    fn reset(&mut self);

    /// Gathers some samples; those of a batch may come in several calls.
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]);

    /// The figure over all that was gathered; NaN before anything was.
    fn value(&self) -> f64;
}
