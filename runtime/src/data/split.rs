//! Parts of a data set, and its samples in batches.

use alloc::{boxed::Box, vec::Vec};

use super::Dataset;
use crate::{array::Array, rng::Rng};

/// Some samples of a data set, in an order of their own.
#[derive(Clone, Debug)]
pub struct Subset<'d, D: ?Sized> {
    data: &'d D,
    indices: Vec<usize>,
}

impl<'d, D: ?Sized> Subset<'d, D> {
    /// The samples of `data` at `indices`.
    #[must_use]
    pub fn new(data: &'d D, indices: Vec<usize>) -> Self {
        Self { data, indices }
    }

    /// The place in the whole of a sample.
    #[cfg(feature = "std")]
    pub(crate) fn origin(&self, index: usize) -> usize {
        self.indices[index]
    }
}

impl<X: Array, D: Dataset<X> + ?Sized> Dataset<X> for Subset<'_, D> {
    type Target = D::Target;

    fn len(&self) -> usize {
        self.indices.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        self.data.input(self.indices[index], into);
    }
    fn target(&self, index: usize) -> D::Target {
        self.data.target(self.indices[index])
    }
}

/// Two parts of a data set.
pub type Split<'d, D> = (Subset<'d, D>, Subset<'d, D>);

/// Splits at random: `fraction` of the samples are in the second part.
#[must_use]
pub fn split<X: Array, D: Dataset<X> + ?Sized>(data: &D, fraction: f64, seed: u64) -> Split<'_, D> {
    let mut indices: Vec<usize> = (0..data.len()).collect();
    Rng::new(seed).shuffle(&mut indices);
    let second = (data.len() as f64 * fraction.clamp(0.0, 1.0) + 0.5) as usize;
    let tail = indices.split_off(data.len() - second.min(data.len()));
    (Subset::new(data, indices), Subset::new(data, tail))
}

/// Splits in order: the first part holds the first `at` samples, or all if there are fewer.
#[must_use]
pub fn split_at<X: Array, D: Dataset<X> + ?Sized>(data: &D, at: usize) -> Split<'_, D> {
    let at = at.min(data.len());
    let subset = |range: core::ops::Range<usize>| Subset::new(data, range.collect());
    (subset(0..at), subset(at..data.len()))
}

/// The samples in batches of up to `B`, for loops of one's own: see [`batches`].
#[derive(Debug)]
pub struct Batches<'d, X, D: Dataset<X> + ?Sized, const B: usize>
where
    X: Array,
{
    data: &'d D,
    order: Vec<usize>,
    at: usize,
    inputs: Box<[X]>,
    targets: Vec<D::Target>,
}

/// The samples in random order and batches of up to `B`; the last batch may be smaller.
///
/// The buffers are filled again for every batch, so it lends instead of iterating:
///
/// ```
/// use monograd_runtime::data::{Dataset, batches};
/// let data = [([1.0_f32], 0_u8), ([2.0], 1), ([3.0], 0)];
/// let mut batches = batches::<[f32; 1], _, 2>(&data, 7);
/// let mut sizes = Vec::new();
/// while let Some((inputs, labels)) = batches.next_batch() {
///     assert_eq!(inputs.len(), labels.len());
///     sizes.push(inputs.len());
/// }
/// assert_eq!(sizes, [2, 1]);
/// ```
pub fn batches<X: Array, D: Dataset<X> + ?Sized, const B: usize>(
    data: &D,
    seed: u64,
) -> Batches<'_, X, D, B> {
    let mut order: Vec<usize> = (0..data.len()).collect();
    Rng::new(seed).shuffle(&mut order);
    const { assert!(B > 0, "a batch has at least one sample") };
    let inputs = bytemuck::zeroed_slice_box(B);
    Batches { data, order, at: 0, inputs, targets: Vec::with_capacity(B) }
}

impl<X: Array, D: Dataset<X> + ?Sized, const B: usize> Batches<'_, X, D, B> {
    /// The next inputs and targets; `None` at the end.
    pub fn next_batch(&mut self) -> Option<(&[X], &[D::Target])> {
        let end = (self.at + B).min(self.order.len());
        let order = self.order.get(self.at..end).filter(|order| !order.is_empty())?;
        self.targets.clear();
        for (into, index) in self.inputs.iter_mut().zip(order) {
            self.data.input(*index, into);
            self.targets.push(self.data.target(*index));
        }
        self.at = end;
        Some((&self.inputs[..self.targets.len()], &self.targets))
    }
}
