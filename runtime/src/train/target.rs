//! Targets of another type than the loss compares with are told in a sentence, not as a projection.

use std::marker::PhantomData;

use crate::{array::Array, data::Dataset};

/// A target where a loss compares with targets of the type `Y`, which are the only ones.
#[diagnostic::on_unimplemented(
    message = "the targets of these samples are of the type `{Self}`, where the loss and the metrics compare with `{Y}`",
    label = "these samples have targets of the type `{Self}`",
    note = "regression takes targets of the type of the outputs, class losses labels or distributions; `one_hot` makes a distribution of a label"
)]
pub trait TargetOf<Y> {
    /// The target itself.
    fn into_target(self) -> Y;
}

impl<Y> TargetOf<Y> for Y {
    fn into_target(self) -> Y {
        self
    }
}

/// Samples whose targets are known to be of the type `Y`.
pub(super) struct Typed<D, Y>(D, PhantomData<fn() -> Y>);

impl<D, Y> Typed<D, Y> {
    pub(super) const fn new(data: D) -> Self {
        Self(data, PhantomData)
    }
}

impl<X: Array, Y: Clone, D: Dataset<X>> Dataset<X> for Typed<D, Y>
where
    D::Target: TargetOf<Y>,
{
    type Target = Y;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn input(&self, index: usize, into: &mut X) {
        self.0.input(index, into);
    }
    fn target(&self, index: usize) -> Y {
        self.0.target(index).into_target()
    }
}
