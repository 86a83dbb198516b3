//! Buffers of a network that has another network as a layer.

use bytemuck::Zeroable;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::network::Workspace;

/// The buffers `Own` of a network, and those of a network that is a layer of it.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub struct With<Own, Inner> {
    own: Own,
    inner: Inner,
}

// SAFETY: two zeroable values and padding; all zeros is a valid value. It buys, as for `Buffers`,
// buffers of any size that are allocated in place.
#[allow(unsafe_code)]
unsafe impl<Own: Zeroable, Inner: Zeroable> Zeroable for With<Own, Inner> {}

impl<Own: Workspace, Inner: Workspace> With<Own, Inner> {
    /// Zeroed buffers, for a `static` or a small network on the stack.
    #[must_use]
    pub const fn new() -> Self {
        Self { own: Own::ZEROED, inner: Inner::ZEROED }
    }

    /// Zeroes all: a state is back before its first time step.
    pub fn reset(&mut self) {
        self.own.reset();
        self.inner.reset();
    }

    /// The network's own buffers, and those of the layer.
    #[inline]
    pub const fn split(&mut self) -> (&mut Own, &mut Inner) {
        (&mut self.own, &mut self.inner)
    }
}

impl<Own: Workspace, Inner: Workspace> Default for With<Own, Inner> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Own: Workspace, Inner: Workspace> Workspace for With<Own, Inner> {
    const ROWS: usize = Own::ROWS;
    const ZEROED: Self = Self::new();

    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self> {
        bytemuck::zeroed_box()
    }

    fn reset(&mut self) {
        Self::reset(self);
    }
}
