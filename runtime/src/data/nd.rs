//! Samples from `ndarray` views.

use std::{borrow::Cow, vec::Vec};

use ndarray::{ArrayViewD, CowRepr};

use super::{CountMismatch, Dataset};
use crate::array::Array;

/// Inputs from an `ndarray` view of the shape `[count, ..input shape]`, with targets.
///
/// A view in standard layout is borrowed, any other is copied once.
#[derive(Clone, Debug)]
pub struct NdSamples<'a, X: Array, Y> {
    inputs: Cow<'a, [X::Scalar]>,
    targets: &'a [Y],
}
