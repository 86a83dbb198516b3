//! Memory: the parameter arena, the buffers of one call, and typed views into both.
//!
//! Alignment is decided here, once: everything starts on a cache line of 64 bytes.

mod turns;
mod with;

use core::ops::{Deref, DerefMut, Range};

use bytemuck::{Pod, Zeroable};

pub use turns::Turns;
pub use with::With;

use crate::{array::Array, network::Workspace, simd::Scalar};

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

#[cfg(feature = "alloc")]
fn lines<T>(len: usize) -> Box<[Line]> {
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
