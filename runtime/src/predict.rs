//! Inference: what gives outputs for inputs, a network or its [`Prepared`] weights.

mod prepared;
mod step;

pub(crate) use prepared::packed_len;
pub use prepared::{Prepared, Source, Storage};
pub use step::{Causal, State, Step};

use crate::{
    network::{Network, Outputs, TooManyRows},
    simd::Cpu,
};

/// What gives outputs for inputs: every [`Network`], and every [`Prepared`] one.
///
/// Nothing here allocates; the outputs lie in the scratch, `Net::scratch::<B>()`.
pub trait Predict {
    /// The network whose inputs, outputs and scratch these are.
    type Network: Network;

    /// Inference over `inputs`, at most `B`; the outputs lie in `scratch`.
    #[doc(hidden)]
    fn infer<'s, const B: usize>(
        &self,
        cpu: Cpu,
        inputs: &[<Self::Network as Network>::Input],
        scratch: &'s mut <Self::Network as Network>::Scratch<B>,
    ) -> &'s [<Self::Network as Outputs>::Output];

    /// The output for one input.
    #[inline]
    fn predict<'s>(
        &self,
        input: &<Self::Network as Network>::Input,
        scratch: &'s mut <Self::Network as Network>::Scratch<1>,
    ) -> &'s <Self::Network as Outputs>::Output {
        self.predict_with(Cpu::detect(), input, scratch)
    }

    /// [`predict`](Predict::predict) on a chosen SIMD level.
    #[inline]
    fn predict_with<'s>(
        &self,
        cpu: Cpu,
        input: &<Self::Network as Network>::Input,
        scratch: &'s mut <Self::Network as Network>::Scratch<1>,
    ) -> &'s <Self::Network as Outputs>::Output {
        &self.infer::<1>(cpu, core::slice::from_ref(input), scratch)[0]
    }

    /// The outputs for a full batch.
    #[inline]
    fn predict_batch<'s, const B: usize>(
        &self,
        inputs: &[<Self::Network as Network>::Input; B],
        scratch: &'s mut <Self::Network as Network>::Scratch<B>,
    ) -> &'s [<Self::Network as Outputs>::Output; B] {
        let outputs = self.infer::<B>(Cpu::detect(), inputs, scratch);
        outputs.first_chunk().expect("one output for each input")
    }

    /// The outputs for up to `B` inputs.
    ///
    /// # Errors
    ///
    /// When there are more inputs than `B`.
    #[inline]
    fn predict_rows<'s, const B: usize>(
        &self,
        inputs: &[<Self::Network as Network>::Input],
        scratch: &'s mut <Self::Network as Network>::Scratch<B>,
    ) -> Result<&'s [<Self::Network as Outputs>::Output], TooManyRows> {
        if inputs.len() > B {
            return Err(TooManyRows { rows: inputs.len(), capacity: B });
        }
        Ok(self.infer::<B>(Cpu::detect(), inputs, scratch))
    }
}

impl<N: Network> Predict for N {
    type Network = N;

    #[inline]
    fn infer<'s, const B: usize>(
        &self,
        cpu: Cpu,
        inputs: &[N::Input],
        scratch: &'s mut N::Scratch<B>,
    ) -> &'s [N::Output] {
        N::infer_from::<B>(self.parameters().all(), cpu, inputs, scratch)
    }
}
