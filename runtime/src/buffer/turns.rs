//! Buffers of a network that is a layer in the turns of a `repeat`.

use bytemuck::Zeroable;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::network::Workspace;

/// The buffers `Inner` of a network in each of `N` turns.
#[derive(Clone, Debug)]
#[repr(transparent)]
pub struct Turns<Inner, const N: usize>([Inner; N]);

// SAFETY: zeroable values one after the other; all zeros is a valid value. It buys, as for `Buffers`,
// buffers of any size that are allocated in place.
#[allow(unsafe_code)]
unsafe impl<Inner: Zeroable, const N: usize> Zeroable for Turns<Inner, N> {}

impl<Inner: Workspace, const N: usize> Turns<Inner, N> {
    /// Zeroed buffers, for a `static` or a small network on the stack.
    #[must_use]
    pub const fn new() -> Self {
        Self([const { Inner::ZEROED }; N])
    }

    /// The buffers of one turn.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    #[inline]
    #[track_caller]
    pub const fn at(&mut self, turn: usize) -> &mut Inner {
        &mut self.0[turn]
    }
}

impl<Inner: Workspace, const N: usize> Default for Turns<Inner, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Inner: Workspace, const N: usize> Workspace for Turns<Inner, N> {
    const ROWS: usize = Inner::ROWS;
    const ZEROED: Self = Self::new();

    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self> {
        bytemuck::zeroed_box()
    }

    fn reset(&mut self) {
        self.0.iter_mut().for_each(Inner::reset);
    }
}
