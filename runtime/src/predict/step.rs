//! Time step by time step: a sequence as it comes, with what earlier steps left.

use super::{Prepared, Source, Storage, prepared::Packed};
use crate::{
    array::Array,
    network::{Network, Workspace},
    simd::Cpu,
};

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// A network that computes a sequence time step by time step: no step of its output needs a later
/// step of its input.
///
/// `network!` implements it where that is so, and else says which layer is in the way.
#[diagnostic::on_unimplemented(message = "`{Self}` has no `step`")]
pub trait Causal: Network {
    /// One time step of the input: `[features]` where the input is `[time, features]`, one index where
    /// it is `[time]`; of several inputs one step each, one after the other.
    type Sample: Array<Scalar = Self::Scalar>;
    /// What comes out after a time step: `[features]` where the output is a sequence; the whole output
    /// where the sequence ended before it, by `last`, `mean_over_time` or a recurrent layer without
    /// `return_sequences`, and then what the steps so far give; several one after the other.
    type StepOutput: Array<Scalar = Self::Scalar>;
    /// What is kept from one time step to the next, and the buffers of one. All zeros is the state
    /// before the first.
    type State: Workspace + Clone + Default + Send + Sync;

    /// The output after one more time step, with the parameters of `weights`; it lies in `state`.
    #[doc(hidden)]
    fn step_from<'s>(
        weights: impl Source<Self::Scalar>,
        cpu: Cpu,
        state: &'s mut Self::State,
        sample: &Self::Sample,
    ) -> &'s Self::StepOutput;

    /// The state before the first time step, on the heap. [`State::<Net>::new()`](State) is `const`.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn state() -> Box<Self::State> {
        Workspace::boxed()
    }
}

/// What the network `N` keeps from one time step to the next.
///
/// `State::<N>::new()` is `const` and may initialise a `static`; a clone is a branch of the sequence,
/// and `reset()` goes back to before the first step.
pub type State<N> = <N as Causal>::State;

/// What goes on with a sequence by one time step: every [`Causal`] network, and every [`Prepared`]
/// one.
///
/// A step allocates nothing. Over a whole sequence the outputs are those of
/// [`predict`](super::Predict::predict), to rounding; where a sequence goes on for longer than the
/// network was declared for, `attention` sees as many of the last steps as it was declared for,
/// `position_embedding` adds its last row again and `mean_over_time` is the mean of all steps so far.
///
/// ```
/// use monograd_runtime::prelude::*;
/// # fn f<N: Causal<Scalar = f32>>(net: &N, samples: &[N::Sample]) {
/// let mut state = N::state();
/// for sample in samples {
///     let output = net.step(&mut state, sample);
/// }
/// # }
/// ```
pub trait Step {
    /// The network whose samples, outputs and state these are.
    type Network: Causal;

    /// [`step`](Step::step) on a chosen SIMD level.
    fn step_with<'s>(
        &self,
        cpu: Cpu,
        state: &'s mut State<Self::Network>,
        sample: &<Self::Network as Causal>::Sample,
    ) -> &'s <Self::Network as Causal>::StepOutput;

    /// The output after one more time step.
    #[inline]
    fn step<'s>(
        &self,
        state: &'s mut State<Self::Network>,
        sample: &<Self::Network as Causal>::Sample,
    ) -> &'s <Self::Network as Causal>::StepOutput {
        self.step_with(Cpu::detect(), state, sample)
    }
}

impl<N: Causal> Step for N {
    type Network = N;

    #[inline]
    fn step_with<'s>(
        &self,
        cpu: Cpu,
        state: &'s mut N::State,
        sample: &N::Sample,
    ) -> &'s N::StepOutput {
        N::step_from(self.parameters().all(), cpu, state, sample)
    }
}

impl<N: Causal, E: Storage<N::Scalar>> Step for Prepared<N, E> {
    type Network = N;

    #[inline]
    fn step_with<'s>(
        &self,
        cpu: Cpu,
        state: &'s mut N::State,
        sample: &N::Sample,
    ) -> &'s N::StepOutput {
        let (matrices, values) = self.parts();
        N::step_from(Packed::<N::Scalar, E> { matrices, values }, cpu, state, sample)
    }
}
