//! The buffers of a call.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use super::Network;

/// The buffers of a call: a scratch or a tape for a number of samples.
pub trait Workspace: bytemuck::Zeroable {
    /// The number of samples there is room for.
    const ROWS: usize;
    /// Zeroed buffers, for a `static`.
    const ZEROED: Self;
    /// Zeroed buffers on the heap, filled in place.
    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self>;
    /// Zeroes all: a state is back before its first time step.
    fn reset(&mut self);
}

/// The buffers for inference over up to `B` samples of the network `N`.
///
/// `Scratch::<N, 1>::new()` is `const` and may initialise a `static`.
pub type Scratch<N, const B: usize = 1> = <N as Network>::Scratch<B>;

/// The buffers for training over up to `B` samples of the network `N`.
pub type Tape<N, const B: usize> = <N as Network>::Tape<B>;

/// More samples than the buffers have room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyRows {
    /// The number of samples given.
    pub rows: usize,
    /// The number of samples the buffers were made for.
    pub capacity: usize,
}

impl core::fmt::Display for TooManyRows {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} samples do not fit a scratch for {}", self.rows, self.capacity)
    }
}

impl core::error::Error for TooManyRows {}
