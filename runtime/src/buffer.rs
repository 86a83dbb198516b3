//! Memory: the parameter arena, the buffers of one call, and typed views into both.
//!
//! Alignment is decided here, once: everything starts on a cache line of 64 bytes.

mod block;
mod parameters;
mod turns;
mod view;
mod with;

use core::ops::Range;

use bytemuck::{Pod, Zeroable};

#[cfg(feature = "alloc")]
pub use block::Block;
pub use block::Line;
pub use parameters::Parameters;
pub(crate) use parameters::Store;
pub use turns::Turns;
pub use view::{View, ViewMut};
pub use with::With;

use crate::{array::Array, network::Workspace, simd::Scalar};

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// Buffers of one network call, for up to `B` samples: a scratch or a tape.
///
/// `ROW` scalars and `INDEX` bytes for every sample, and `FIXED` scalars besides. A buffer of the
/// plan that starts `offset` scalars into a row starts at `offset * B` here and is contiguous over
/// the samples of a batch.
///
/// [`new`](Buffers::new) is `const`, so buffers may live in a `static`;
/// [`boxed`](Buffers::boxed) fills the heap in place and never uses the stack.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct Buffers<T, const ROW: usize, const FIXED: usize, const INDEX: usize, const B: usize> {
    rows: [[T; ROW]; B],
    fixed: [T; FIXED],
    index: [[u8; INDEX]; B],
}

// SAFETY: arrays of zeroable types and padding; all zeros is a valid value. It buys buffers of any
// size that are allocated in place, where `Box::new(Buffers::new())` overflows the stack in debug.
#[allow(unsafe_code)]
unsafe impl<T: Zeroable, const ROW: usize, const FIXED: usize, const INDEX: usize, const B: usize>
    Zeroable for Buffers<T, ROW, FIXED, INDEX, B>
{
}

impl<T: Scalar, const ROW: usize, const FIXED: usize, const INDEX: usize, const B: usize>
    Buffers<T, ROW, FIXED, INDEX, B>
{
    /// Zeroed buffers, for a `static` or a small network on the stack.
    #[must_use]
    pub const fn new() -> Self {
        const { assert!(B > 0, "a batch has at least one sample") };
        Self { rows: [[T::ZERO; ROW]; B], fixed: [T::ZERO; FIXED], index: [[0; INDEX]; B] }
    }

    /// Zeroed buffers on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        const { assert!(B > 0, "a batch has at least one sample") };
        bytemuck::zeroed_box()
    }

    /// Zeroes all: a state is back before its first time step.
    pub fn reset(&mut self) {
        let (rows, fixed, index) = self.split();
        rows.fill(T::ZERO);
        fixed.fill(T::ZERO);
        index.fill(0);
    }

    /// The three arenas: rows, fixed, index.
    #[inline]
    pub fn split(&mut self) -> (&mut [T], &mut [T], &mut [u8]) {
        (self.rows.as_flattened_mut(), &mut self.fixed, self.index.as_flattened_mut())
    }
}

impl<T: Scalar, const ROW: usize, const FIXED: usize, const INDEX: usize, const B: usize> Default
    for Buffers<T, ROW, FIXED, INDEX, B>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar, const ROW: usize, const FIXED: usize, const INDEX: usize, const B: usize> Workspace
    for Buffers<T, ROW, FIXED, INDEX, B>
{
    const ROWS: usize = B;
    const ZEROED: Self = Self::new();

    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self> {
        Self::boxed()
    }

    fn reset(&mut self) {
        Self::reset(self);
    }
}

/// One tensor for each sample.
impl<A: Array, const B: usize> Workspace for [A; B] {
    const ROWS: usize = B;
    const ZEROED: Self = [A::ZEROED; B];

    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self> {
        bytemuck::zeroed_box()
    }

    fn reset(&mut self) {
        A::flat_mut(self).fill(A::Scalar::ZERO);
    }
}

/// Where `rows` samples of a buffer lie whose share of one sample is `len` scalars from `offset`.
#[inline]
#[must_use]
pub const fn span<const B: usize>(offset: usize, len: usize, rows: usize) -> Range<usize> {
    offset * B..offset * B + len * rows
}

/// The number of samples of a call.
///
/// # Panics
///
/// When the buffers have no room for them.
#[inline]
#[must_use]
#[track_caller]
pub const fn rows<const B: usize>(rows: usize) -> usize {
    assert!(rows <= B, "more samples than the buffers have room for");
    rows
}

/// Scalars that a [`clock`] takes, with what aligns those behind it.
pub const CLOCK: usize = 16;

/// Counts one more time step: the number of those before, the `kept` scalars that stay until the next,
/// and the rest of the arena.
#[inline]
pub fn clock<T: Pod>(fixed: &mut [T], kept: usize) -> (u64, &mut [T], &mut [T]) {
    let (clock, rest) = fixed.split_at_mut(CLOCK);
    let (kept, rest) = rest.split_at_mut(kept);
    let bytes: &mut [u8] = bytemuck::cast_slice_mut(clock);
    let bytes = bytes.first_chunk_mut::<8>().expect("sixteen scalars have eight bytes");
    let time = u64::from_le_bytes(*bytes);
    *bytes = time.wrapping_add(1).to_le_bytes();
    (time, kept, rest)
}

/// Disjoint parts of an arena, as the plan placed them.
///
/// # Panics
///
/// When parts overlap or leave the arena, which `plan::verify` rules out for generated code.
#[inline]
#[track_caller]
pub fn parts<T, const N: usize>(arena: &mut [T], ranges: [Range<usize>; N]) -> [&mut [T]; N] {
    arena.get_disjoint_mut(ranges).expect("the plan places live buffers disjointly")
}

/// The share of the turn in the place `at` of a workspace, of `size` values, and the shares before
/// and behind it.
#[inline]
pub fn turn<T>(room: &mut [T], size: usize, at: usize) -> (&mut [T], &[T], &[T]) {
    let (left, rest) = room.split_at_mut(at * size);
    let (own, right) = rest.split_at_mut(size);
    (own, left, right)
}

/// The share of the turn before: beside its own, or the other one of two that take turns.
#[inline]
#[must_use]
pub fn turn_before<'a, T>(left: &'a [T], right: &'a [T], size: usize) -> &'a [T] {
    if left.is_empty() { &right[..size] } else { &left[left.len() - size..] }
}
