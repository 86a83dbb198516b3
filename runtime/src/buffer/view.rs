//! Typed views into the parameter arena.

use core::ops::{Deref, DerefMut};

use crate::array::Array;

/// One parameter, read: a tensor of the type `A` inside the arena.
///
/// It dereferences to the plain nested array, so it is indexed and iterated as one:
/// `net.dense1().weight()[input][output]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, A: Array>(&'a A);

impl<'a, A: Array> View<'a, A> {
    /// The tensor at the start of `flat`.
    ///
    /// # Panics
    ///
    /// When `flat` is shorter than the tensor.
    #[inline]
    #[must_use]
    pub fn new(flat: &'a [A::Scalar]) -> Self {
        Self(&A::rows(flat)[0])
    }

    /// The plain nested array, lent at no cost.
    #[inline]
    #[must_use]
    pub fn as_array(self) -> &'a A {
        self.0
    }

    /// The values in row-major order.
    #[inline]
    #[must_use]
    pub fn as_slice(self) -> &'a [A::Scalar] {
        A::flat(core::slice::from_ref(self.0))
    }

    /// Copies the values out.
    #[inline]
    pub fn copy_to(self, array: &mut A) {
        *array = *self.0;
    }
}

impl<A: Array> Deref for View<'_, A> {
    type Target = A;

    #[inline]
    fn deref(&self) -> &A {
        self.0
    }
}

/// One parameter, writable.
#[derive(Debug)]
pub struct ViewMut<'a, A: Array>(&'a mut A);

impl<'a, A: Array> ViewMut<'a, A> {
    /// The tensor at the start of `flat`.
    ///
    /// # Panics
    ///
    /// When `flat` is shorter than the tensor.
    #[inline]
    #[must_use]
    pub fn new(flat: &'a mut [A::Scalar]) -> Self {
        Self(&mut A::rows_mut(flat)[0])
    }

    /// The values in row-major order.
    #[inline]
    #[must_use]
    pub fn into_slice(self) -> &'a mut [A::Scalar] {
        A::flat_mut(core::slice::from_mut(self.0))
    }

    /// Overwrites the parameter.
    #[inline]
    pub fn copy_from(&mut self, array: &A) {
        *self.0 = *array;
    }
}

impl<A: Array> Deref for ViewMut<'_, A> {
    type Target = A;

    #[inline]
    fn deref(&self) -> &A {
        self.0
    }
}

impl<A: Array> DerefMut for ViewMut<'_, A> {
    #[inline]
    fn deref_mut(&mut self) -> &mut A {
        self.0
    }
}
