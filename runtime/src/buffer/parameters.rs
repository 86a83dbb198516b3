//! The parameter arena.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use bytemuck::Pod;

#[cfg(feature = "alloc")]
use super::block::{Line, lines};
use crate::simd::Scalar;

/// The parameters of a network: one arena of *trained* values, which optimizers see, followed by
/// *state* (batch-norm statistics, frozen weights), which only files see besides.
#[derive(Clone, Debug)]
pub struct Parameters<T: Scalar> {
    store: Store<T>,
    trained: usize,
}

/// A flat arena: on the heap, or borrowed for the life of the program.
#[derive(Clone, Debug)]
pub(crate) enum Store<T: 'static> {
    #[cfg(feature = "alloc")]
    Owned {
        lines: Box<[Line]>,
        len: usize,
    },
    Borrowed(&'static [T]),
}

impl<T: Pod> Store<T> {
    /// `len` zeros on the heap.
    #[cfg(feature = "alloc")]
    pub(crate) fn zeroed(len: usize) -> Self {
        Self::Owned { lines: lines::<T>(len), len }
    }

    #[inline]
    pub(crate) fn values(&self) -> &[T] {
        match self {
            #[cfg(feature = "alloc")]
            Self::Owned { lines, len } => &bytemuck::cast_slice(lines)[..*len],
            Self::Borrowed(values) => values,
        }
    }

    /// The values, writable. What is borrowed is copied to the heap first.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn values_mut(&mut self) -> &mut [T] {
        if let Self::Borrowed(values) = self {
            let (mut lines, len) = (lines::<T>(values.len()), values.len());
            bytemuck::cast_slice_mut(&mut lines)[..len].copy_from_slice(values);
            *self = Self::Owned { lines, len };
        }
        match self {
            Self::Owned { lines, len } => &mut bytemuck::cast_slice_mut(lines)[..*len],
            Self::Borrowed(_) => unreachable!("just made owned"),
        }
    }
}

impl<T: Scalar> Parameters<T> {
    /// A zeroed arena on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn zeroed(trained: usize, state: usize) -> Self {
        Self { store: Store::zeroed(trained + state), trained }
    }

    /// An arena that is borrowed for the life of the program, for inference without a heap.
    /// `None` unless it holds exactly `trained + state` values.
    #[must_use]
    pub const fn borrowed(values: &'static [T], trained: usize, state: usize) -> Option<Self> {
        if values.len() == trained + state {
            Some(Self { store: Store::Borrowed(values), trained })
        } else {
            None
        }
    }

    /// Trained values, then state.
    #[inline]
    #[must_use]
    pub fn all(&self) -> &[T] {
        self.store.values()
    }

    /// Trained values, then state, writable. A borrowed arena is copied to the heap first.
    ///
    /// # Panics
    ///
    /// Without the feature `alloc`: what is borrowed cannot be written.
    #[cfg(not(feature = "alloc"))]
    pub fn all_mut(&mut self) -> &mut [T] {
        panic!("borrowed parameters are written with the feature `alloc` only")
    }

    /// Trained values, then state, writable. A borrowed arena is copied to the heap first.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn all_mut(&mut self) -> &mut [T] {
        self.store.values_mut()
    }

    /// The trained values.
    #[inline]
    #[must_use]
    pub fn trained(&self) -> &[T] {
        &self.all()[..self.trained]
    }

    /// The trained values and the state.
    #[inline]
    #[must_use]
    pub fn split(&self) -> (&[T], &[T]) {
        self.all().split_at(self.trained)
    }

    /// The trained values and the state, writable, as [`all_mut`](Parameters::all_mut).
    #[inline]
    pub fn split_mut(&mut self) -> (&mut [T], &mut [T]) {
        let trained = self.trained;
        self.all_mut().split_at_mut(trained)
    }
}
