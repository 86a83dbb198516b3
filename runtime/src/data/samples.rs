//! Samples in memory.

use alloc::vec::Vec;
use core::fmt;

use super::Dataset;
use crate::{array::Array, simd::Scalar};

/// Inputs and targets in two vectors or slices of the same length.
///
/// ```
/// use monograd_runtime::data::Samples;
/// let samples = Samples::new(vec![[0.0_f32], [1.0]], vec![[1.0_f32], [3.0]])?;
/// # Ok::<(), monograd_runtime::data::CountMismatch>(())
/// ```
#[derive(Clone, Debug)]
pub struct Samples<I, O> {
    inputs: I,
    targets: O,
}

/// As many inputs as targets were expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountMismatch {
    /// The number of inputs.
    pub inputs: usize,
    /// The number of targets.
    pub targets: usize,
    /// Scalars of one input, where inputs came as a flat slice that they do not divide.
    pub flat: Option<usize>,
}

impl fmt::Display for CountMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flat {
            Some(len) => write!(f, "{} values are no whole number of inputs of {len}", self.inputs),
            None => write!(f, "{} inputs for {} targets", self.inputs, self.targets),
        }
    }
}

impl core::error::Error for CountMismatch {}

impl<I, O> Samples<I, O> {
    /// Pairs inputs with targets.
    ///
    /// # Errors
    ///
    /// When there are not as many of one as of the other.
    pub fn new<X, Y>(inputs: I, targets: O) -> Result<Self, CountMismatch>
    where
        I: AsRef<[X]>,
        O: AsRef<[Y]>,
    {
        let (inputs_len, targets_len) = (inputs.as_ref().len(), targets.as_ref().len());
        if inputs_len != targets_len {
            let (inputs, targets) = (inputs_len, targets_len);
            return Err(CountMismatch { inputs, targets, flat: None });
        }
        Ok(Self { inputs, targets })
    }
}

impl<'a, X: Array, O> Samples<&'a [X], O> {
    /// Pairs the inputs of a flat slice, one after the other, with targets, without copying.
    ///
    /// # Errors
    ///
    /// When the slice is not a whole number of inputs, or not as many as targets.
    pub fn from_flat<Y>(flat: &'a [X::Scalar], targets: O) -> Result<Self, CountMismatch>
    where
        O: AsRef<[Y]>,
    {
        if !flat.len().is_multiple_of(X::LEN) {
            let targets = targets.as_ref().len();
            return Err(CountMismatch { inputs: flat.len(), targets, flat: Some(X::LEN) });
        }
        Self::new(X::rows(flat), targets)
    }
}

impl<X: Array, Y: Clone> Dataset<X> for Samples<Vec<X>, Vec<Y>> {
    type Target = Y;

    fn len(&self) -> usize {
        self.inputs.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = self.inputs[index];
    }
    fn target(&self, index: usize) -> Y {
        self.targets[index].clone()
    }
}

impl<X: Array, Y: Clone> Dataset<X> for Samples<&[X], &[Y]> {
    type Target = Y;

    fn len(&self) -> usize {
        self.inputs.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = self.inputs[index];
    }
    fn target(&self, index: usize) -> Y {
        self.targets[index].clone()
    }
}

impl<X: Array, Y: Clone> Dataset<X> for [(X, Y)] {
    type Target = Y;

    fn len(&self) -> usize {
        <[(X, Y)]>::len(self)
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = self[index].0;
    }
    fn target(&self, index: usize) -> Y {
        self[index].1.clone()
    }
}

impl<X: Array, Y: Clone, const N: usize> Dataset<X> for [(X, Y); N] {
    type Target = Y;

    fn len(&self) -> usize {
        N
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = self[index].0;
    }
    fn target(&self, index: usize) -> Y {
        self[index].1.clone()
    }
}

impl<X: Array, Y: Clone> Dataset<X> for Vec<(X, Y)> {
    type Target = Y;

    fn len(&self) -> usize {
        self.as_slice().len()
    }
    fn input(&self, index: usize, into: &mut X) {
        *into = self[index].0;
    }
    fn target(&self, index: usize) -> Y {
        self[index].1.clone()
    }
}

/// The distribution that is all on one class; all zeros where the class is beyond `N`.
#[must_use]
pub fn one_hot<T: Scalar, const N: usize>(class: usize) -> [T; N] {
    core::array::from_fn(|i| if i == class { T::ONE } else { T::ZERO })
}
