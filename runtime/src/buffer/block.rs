//! Aligned memory on the heap, in cache lines.

#[cfg(feature = "alloc")]
use core::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

#[cfg(feature = "alloc")]
use crate::simd::Scalar;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// One cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Line([u64; 8]);

// SAFETY: eight `u64` fill the 64 bytes, any bits are valid and there is no padding. It buys arenas
// that are aligned, allocated zeroed in place, and seen as `f32` or `f64` without copying.
#[allow(unsafe_code)]
unsafe impl Zeroable for Line {}
// SAFETY: as above.
#[allow(unsafe_code)]
unsafe impl Pod for Line {}

#[cfg(feature = "alloc")]
pub(super) fn lines<T>(len: usize) -> Box<[Line]> {
    bytemuck::zeroed_slice_box((len * size_of::<T>()).div_ceil(size_of::<Line>()))
}

/// A flat, aligned block on the heap: gradients, optimizer moments, averaged weights.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug)]
pub struct Block<T> {
    lines: Box<[Line]>,
    len: usize,
    scalar: core::marker::PhantomData<T>,
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Block<T> {
    /// `len` zeros.
    #[must_use]
    pub fn zeroed(len: usize) -> Self {
        Self { lines: lines::<T>(len), len, scalar: core::marker::PhantomData }
    }
}

#[cfg(feature = "alloc")]
impl<T: Scalar> Deref for Block<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

#[cfg(feature = "alloc")]
impl<T: Scalar> DerefMut for Block<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}
