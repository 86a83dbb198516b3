//! Data: what networks are trained on, and how it is read.

#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
pub mod idx;
#[cfg(feature = "std")]
mod images;
#[cfg(feature = "std")]
pub mod mnist;
#[cfg(feature = "ndarray")]
mod nd;
mod samples;
mod scale;
mod split;

#[cfg(feature = "std")]
pub use error::DataError;
#[cfg(feature = "std")]
pub use images::Images;
#[cfg(feature = "ndarray")]
pub use nd::NdSamples;
pub use samples::{CountMismatch, Samples, one_hot};
pub use scale::Standardize;
pub use split::{Batches, Split, Subset, batches, split, split_at};

use crate::array::Array;

/// A finite set of samples with inputs of the type `X`: slices and vectors of pairs, [`Samples`],
/// images, and whatever else can write an input into a buffer.
///
/// ```
/// use monograd_runtime::data::Dataset;
///
/// /// `y = 2 x`, without being stored.
/// struct Doubles;
///
/// impl Dataset<[f32; 1]> for Doubles {
///     type Target = [f32; 1];
///     fn len(&self) -> usize {
///         100
///     }
///     fn input(&self, index: usize, into: &mut [f32; 1]) {
///         into[0] = index as f32;
///     }
///     fn target(&self, index: usize) -> [f32; 1] {
///         [2.0 * index as f32]
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold samples whose inputs are `{X}`",
    label = "the network takes `{X}`",
    note = "a slice or `Vec` of `(input, target)` pairs, `Samples` and `Images` are datasets"
)]
pub trait Dataset<X: Array> {
    /// What belongs to an input: a label, or an output to reach.
    type Target: Clone;

    /// The number of samples.
    fn len(&self) -> usize;

    /// Writes the input of a sample.
    fn input(&self, index: usize, into: &mut X);

    /// The target of a sample.
    fn target(&self, index: usize) -> Self::Target;

    /// Whether there is no sample.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<X: Array, D: Dataset<X> + ?Sized> Dataset<X> for &D {
    type Target = D::Target;

    fn len(&self) -> usize {
        (**self).len()
    }
    fn input(&self, index: usize, into: &mut X) {
        (**self).input(index, into);
    }
    fn target(&self, index: usize) -> D::Target {
        (**self).target(index)
    }
}
