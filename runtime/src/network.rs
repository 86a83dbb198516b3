//! What every declared network is: the trait that `network!` implements.

mod entry;
pub mod head;
mod tables;
mod workspace;

use core::ops::Range;

pub use entry::Entry;
pub use tables::{LayerInfo, Packing, ParamInfo};
pub use workspace::{Scratch, Tape, TooManyRows, Workspace};

use crate::{
    array::Array,
    buffer::Parameters,
    gradient::WeightGradient,
    kernel::random::mix,
    predict::Source,
    simd::{Cpu, Scalar},
};

#[cfg(feature = "alloc")]
use crate::{
    buffer::Block,
    predict::{Prepared, Storage},
};
#[cfg(feature = "alloc")]
use alloc::{boxed::Box, string::String};

/// The last layer of a network that changes values, as a type: losses ask for it.
pub trait Head: 'static {
    /// The name, for messages.
    const NAME: &'static str;
}

/// What losses and metrics see of a network, or of one of its several outputs.
pub trait Outputs: 'static {
    /// The element type.
    type Scalar: Scalar;
    /// One output, a nested array.
    type Output: Array<Scalar = Self::Scalar>;
    /// The last layer that changes values.
    type Head: Head;
    /// The number of outputs that the head normalises together: where it stands over an image, it
    /// does so at every place.
    const CLASSES: usize;
}

/// What a training pass needs besides data: a machine, a seed and the number of the step.
///
/// Nothing else is random in a training pass.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// What it runs on.
    pub cpu: Cpu,
    /// The seed of the run.
    pub seed: u64,
    /// The number of this step, another for each part of a batch that is seen on its own.
    pub step: u64,
}

impl Context {
    /// What a network sees whose place in another has this number, that of its layer and its turn:
    /// random streams of its own, which depend on all places on the way and their order.
    #[must_use]
    pub(crate) const fn within(self, layer: u64) -> Self {
        let apart = (layer + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { seed: mix(self.seed.wrapping_add(apart)), ..self }
    }
}

/// The values of the constants of a network of a family.
#[doc(hidden)]
pub trait Member {
    /// The network.
    type Network: Network;
}

/// A network declared by `network!`: its sizes, and how it is run and trained.
///
/// The required items are written by the macro; users call the provided ones.
///
/// Several inputs are one flat array here, one after the other, and so are several outputs; the
/// macro writes structs with their names that convert to and from it.
pub trait Network: Outputs + Clone + Send + Sync + Sized + 'static {
    /// One input, a nested array.
    type Input: Array<Scalar = Self::Scalar>;
    /// The buffers for inference over up to `B` samples.
    type Scratch<const B: usize>: Workspace + Clone + Send + Sync;
    /// The buffers for training over up to `B` samples.
    type Tape<const B: usize>: Workspace + Send + Sync;

    /// The name of the type.
    const NAME: &'static str;
    /// The shape of one input.
    const INPUT_SHAPE: &'static [usize];
    /// The shape of one output.
    const OUTPUT_SHAPE: &'static [usize];
    /// The inputs by name, with their shapes.
    const INPUTS: &'static [(&'static str, &'static [usize])] = &[("input", Self::INPUT_SHAPE)];
    /// The outputs by name, with their shapes.
    const OUTPUTS: &'static [(&'static str, &'static [usize])] = &[("output", Self::OUTPUT_SHAPE)];
    /// The number of parameters, trained or not.
    const PARAMETERS: usize;
    /// Multiply-accumulates of one forward pass of one sample.
    const MACS: usize;
    /// Bytes of the scratch for one sample.
    const SCRATCH_BYTES: usize = size_of::<Self::Scratch<1>>();
    /// The layers in order.
    const LAYERS: &'static [LayerInfo];
    /// The parameter tensors in order of their place in the arena.
    const PARAMS: &'static [ParamInfo];
    /// The declaration in canonical words: kinds, names, arguments, layout version.
    const ARCHITECTURE: &'static str;
    /// A hash of [`ARCHITECTURE`](Network::ARCHITECTURE), kept in weight files.
    const FINGERPRINT: &'static str;
    /// Scalars of the trained range of the arena, with the padding between parameters.
    const TRAINED: usize;
    /// Scalars of the state range.
    const STATE: usize;
    /// Where in the trained range the weights lie whose gradients are last: large ones, which a trainer
    /// moves while it computes them.
    #[doc(hidden)]
    const DEFERRED: &'static [Range<usize>] = &[];

    /// A network over existing parameters.
    fn from_parameters(parameters: Parameters<Self::Scalar>) -> Self;
    /// The arena.
    fn parameters(&self) -> &Parameters<Self::Scalar>;
    /// The arena, writable.
    fn parameters_mut(&mut self) -> &mut Parameters<Self::Scalar>;

    /// Inference over `inputs`, at most `B`, with the parameters of `weights`; the outputs lie in
    /// `scratch`.
    #[doc(hidden)]
    fn infer_from<'s, const B: usize>(
        weights: impl Source<Self::Scalar>,
        cpu: Cpu,
        inputs: &[Self::Input],
        scratch: &'s mut Self::Scratch<B>,
    ) -> &'s [Self::Output];

    /// The training forward pass over `inputs`, at most `B`, with the trained parameters and the state
    /// of `weights`. `watch` sees the index and the output of every layer, or of the first of several
    /// that run as one.
    #[doc(hidden)]
    fn forward_with<const B: usize>(
        weights: (&[Self::Scalar], &mut [Self::Scalar]),
        context: Context,
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        watch: &mut impl FnMut(usize, &[Self::Scalar]),
    );

    /// The outputs of the last forward pass over `rows` samples, and where the gradient of the loss
    /// with respect to the output, or to the input of the head, is to be written.
    fn seam<const B: usize>(
        tape: &mut Self::Tape<B>,
        rows: usize,
        entry: Entry,
    ) -> (&[Self::Output], &mut [Self::Output]);

    /// The backward pass after [`forward_with`](Network::forward_with), with the same weights, but for
    /// the gradients of [`DEFERRED`](Network::DEFERRED).
    #[doc(hidden)]
    fn backward_until_deferred<const B: usize>(
        weights: (&[Self::Scalar], &[Self::Scalar]),
        context: Context,
        entry: Entry,
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        gradients: &mut [Self::Scalar],
    );

    /// `see` gets each of [`DEFERRED`](Network::DEFERRED) by number, after the rest of the backward pass.
    #[doc(hidden)]
    fn deferred<const B: usize>(
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        see: &mut impl FnMut(usize, WeightGradient<'_, Self::Scalar>),
    ) {
        let (_, _, _) = (inputs, tape, see);
    }

    /// The whole backward pass after [`forward_with`](Network::forward_with), with the same weights.
    #[doc(hidden)]
    #[inline]
    fn backward_with<const B: usize>(
        weights: (&[Self::Scalar], &[Self::Scalar]),
        context: Context,
        entry: Entry,
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        gradients: &mut [Self::Scalar],
    ) {
        Self::backward_until_deferred::<B>(weights, context, entry, inputs, tape, gradients);
        Self::deferred::<B>(inputs, tape, &mut |number, gradient| {
            gradient.write(context.cpu, &mut gradients[Self::DEFERRED[number].clone()]);
        });
    }

    /// The backward pass from `entry`, after the gradient was written at the [`seam`](Network::seam).
    /// Overwrites `gradients`, which is laid out as the trained parameters.
    ///
    /// `inputs` and `context` are those of the forward pass.
    ///
    /// # Panics
    ///
    /// When `inputs` holds more than `B` samples or `gradients` is shorter than `TRAINED`.
    #[inline]
    fn backward<const B: usize>(
        &self,
        context: Context,
        entry: Entry,
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        gradients: &mut [Self::Scalar],
    ) {
        let weights = self.parameters().split();
        Self::backward_with::<B>(weights, context, entry, inputs, tape, gradients);
    }

    /// The training forward pass over `inputs`, at most `B`; `watch` sees what every layer yields.
    #[doc(hidden)]
    #[inline]
    fn forward_watched<const B: usize>(
        &mut self,
        context: Context,
        inputs: &[Self::Input],
        tape: &mut Self::Tape<B>,
        watch: &mut impl FnMut(usize, &[Self::Scalar]),
    ) {
        let (trained, state) = self.parameters_mut().split_mut();
        Self::forward_with::<B>((trained, state), context, inputs, tape, watch);
    }

    /// A network with fresh parameters. The same seed gives the same bits everywhere.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn init(seed: u64) -> Self {
        let mut parameters = Parameters::zeroed(Self::TRAINED, Self::STATE);
        for (stream, param) in Self::PARAMS.iter().enumerate() {
            let values = &mut parameters.all_mut()[param.offset..param.offset + param.len];
            let copies = values.chunks_exact_mut((param.len / param.copies).max(1));
            for (copy, values) in (0_u64..).zip(copies) {
                param.init.fill(values, param, seed, stream as u64 + (copy << 32));
            }
        }
        Self::from_parameters(parameters)
    }

    /// A network over weights that live as long as the program, for inference without a heap.
    /// `None` unless there are exactly `TRAINED + STATE` of them, in the order of the arena.
    #[must_use]
    fn from_static(values: &'static [Self::Scalar]) -> Option<Self> {
        Parameters::borrowed(values, Self::TRAINED, Self::STATE).map(Self::from_parameters)
    }

    /// Buffers for inference over up to `B` samples.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn scratch<const B: usize>() -> Box<Self::Scratch<B>> {
        Workspace::boxed()
    }

    /// Buffers for training over up to `B` samples.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn tape<const B: usize>() -> Box<Self::Tape<B>> {
        Workspace::boxed()
    }

    /// Zeroed gradients, laid out as the trained parameters.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn gradients() -> Block<Self::Scalar> {
        Block::zeroed(Self::TRAINED)
    }

    /// The weights ready for inference, those of matrix products stored as `E`: as they are, or as
    /// [`f16`](crate::half::f16) in half the memory. See [`Prepared`].
    #[cfg(feature = "alloc")]
    #[must_use]
    fn prepare<E: Storage<Self::Scalar>>(&self) -> Prepared<Self, E> {
        Prepared::new(self)
    }

    /// The training forward pass: random layers draw, batch statistics are taken and kept.
    ///
    /// # Panics
    ///
    /// When `inputs` holds more than `B` samples.
    #[cfg(feature = "alloc")]
    fn forward<'t, const B: usize>(
        &mut self,
        context: Context,
        inputs: &[Self::Input],
        tape: &'t mut Self::Tape<B>,
    ) -> &'t [Self::Output] {
        self.forward_watched::<B>(context, inputs, tape, &mut |_, _| {});
        Self::seam::<B>(tape, inputs.len(), Entry::Output).0
    }

    /// The table of layers: name, kind, output shape, parameters, multiply-accumulates.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn summary() -> String {
        crate::summary::render::<Self>()
    }

    /// The graph of the layers, for Graphviz: `dot -Tsvg` draws it.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn graph_dot() -> String {
        crate::graph::dot::<Self>()
    }
}

/// Writes a network for debugging: its name and the number of its parameters, not their values.
#[doc(hidden)]
pub fn debug<N: Network>(f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
    f.debug_struct(N::NAME).field("parameters", &N::PARAMETERS).finish_non_exhaustive()
}
