//! Samples from `ndarray` views.

use alloc::{borrow::Cow, vec::Vec};

use ndarray::{ArrayBase, Data, Dimension};

use super::{CountMismatch, Dataset};
use crate::array::Array;

/// Inputs from an `ndarray` array or view of the shape `[count, ..]`, with targets.
///
/// An array in standard layout is borrowed, any other is copied once.
#[derive(Clone, Debug)]
pub struct NdSamples<'a, X: Array, Y> {
    inputs: Cow<'a, [X::Scalar]>,
    targets: &'a [Y],
}

impl<'a, X: Array, Y> NdSamples<'a, X, Y> {
    /// Pairs the outermost axis of `inputs` with `targets`.
    ///
    /// # Errors
    ///
    /// When the values are not a whole number of inputs, or not as many as targets.
    pub fn new<S, D>(inputs: &'a ArrayBase<S, D>, targets: &'a [Y]) -> Result<Self, CountMismatch>
    where
        S: Data<Elem = X::Scalar>,
        D: Dimension,
    {
        let count = inputs.shape().first().copied().unwrap_or(0);
        if inputs.len() != count * X::LEN {
            let (inputs, targets) = (inputs.len(), targets.len());
            return Err(CountMismatch { inputs, targets, flat: Some(X::LEN) });
        }
        if count != targets.len() {
            return Err(CountMismatch { inputs: count, targets: targets.len(), flat: None });
        }
        let copied = || inputs.iter().copied().collect::<Vec<_>>();
        let inputs = inputs.as_slice().map_or_else(|| Cow::Owned(copied()), Cow::Borrowed);
        Ok(Self { inputs, targets })
    }
}

impl<X: Array, Y: Clone> Dataset<X> for NdSamples<'_, X, Y> {
    type Target = Y;

    fn len(&self) -> usize {
        self.targets.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = X::rows(&self.inputs)[index];
    }
    fn target(&self, index: usize) -> Y {
        self.targets[index].clone()
    }
}
