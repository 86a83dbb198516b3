//! What every declared network is: the trait that `network!` implements.

use core::ops::Range;

use crate::{
    array::Array,
    buffer::Parameters,
    gradient::WeightGradient,
    init::Init,
    kernel::random::mix,
    predict::Source,
    regularize::{MaxNorm, Regularizer},
    simd::Cpu,
    simd::Scalar,
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

/// The heads a network can have.
pub mod head {
    use super::Head;

    macro_rules! heads {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;
        impl Head for $name {
            const NAME: &'static str = $text;
        }
    )*};
}
    heads! {
        /// The network ends in `softmax`: its outputs are probabilities that sum to one.
        Softmax = "softmax";
        /// The network ends in `log_softmax`: its outputs are log-probabilities.
        LogSoftmax = "log_softmax";
        /// The network ends in `sigmoid`: each output is a probability of its own.
        Sigmoid = "sigmoid";
        /// The network ends in any other layer: its outputs are plain values, or logits.
        Plain = "plain";
        /// The network has several outputs, each with a head of its own.
        Several = "several";
        /// A declaration with mistakes: it fits every loss, so that they are the only errors.
        Unknown = "unknown";
    }

    /// A head `H` that losses do not see: the last layer in the turns of a `repeat`, or one whose value
    /// another layer reads too. The outputs are no logits.
    #[derive(Clone, Copy, Debug)]
    pub struct Hidden<H>(core::marker::PhantomData<H>);

    impl<H: Head> Head for Hidden<H> {
        const NAME: &'static str = H::NAME;
    }
}

/// Where the gradient of a loss enters the backward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// At the output of the network.
    Output,
    /// At the input of its head: softmax or sigmoid and the loss are differentiated as one.
    Head,
    /// With several outputs: of the output `k` at the input of its head where bit `k` is set.
    Each(u64),
}

impl Entry {
    /// The entry of several outputs with one each.
    ///
    /// # Panics
    ///
    /// With more than 64 outputs.
    #[must_use]
    pub const fn each(entries: &[Self]) -> Self {
        assert!(entries.len() <= 64, "a network has at most 64 outputs");
        let (mut heads, mut output) = (0, 0);
        while output < entries.len() {
            heads |= (matches!(entries[output], Self::Head) as u64) << output;
            output += 1;
        }
        Self::Each(heads)
    }

    /// Whether the gradient of one of several outputs enters at the output itself.
    #[must_use]
    pub const fn is_at_output(self, output: usize) -> bool {
        match self {
            Self::Output => true,
            Self::Head => false,
            Self::Each(heads) => heads >> output & 1 == 0,
        }
    }
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

/// One layer, as [`Network::LAYERS`] and `summary` show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerInfo {
    /// The given name, or keyword and ordinal: `dense1`.
    pub name: &'static str,
    /// The keyword: `dense`.
    pub kind: &'static str,
    /// The names of the layers it reads, or `input`.
    pub inputs: &'static [&'static str],
    /// The shape of its output, without the batch.
    pub output: &'static [usize],
    /// The number of its parameters, trained or not.
    pub parameters: usize,
    /// Multiply-accumulates of one forward pass of one sample.
    pub macs: usize,
    /// Whether it is declared with `#[freeze]`.
    pub frozen: bool,
    /// What the summary notes beside it, such as input pixels that a stride drops.
    pub note: &'static str,
}

/// One parameter tensor of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamInfo {
    /// The name in weight files: `dense1.weight`.
    pub name: &'static str,
    /// The index of its layer in [`Network::LAYERS`].
    pub layer: usize,
    /// The shape, as views and files have it.
    pub shape: &'static [usize],
    /// Where it starts in the arena; trained parameters come before state.
    pub offset: usize,
    /// The number of its scalars.
    pub len: usize,
    /// The turns of the `repeat` around it, which it is an array over; 1 without. What belongs to a
    /// network in a `repeat` is no array: each turn's has an entry, and a name, of its own.
    pub copies: usize,
    /// Whether optimizers see it.
    pub trained: bool,
    /// Whether weight decay applies: to weights, not to biases or normalisation.
    pub decays: bool,
    /// How `init` fills it.
    pub init: Init,
    /// Inputs of one unit, for initialisers.
    pub fan_in: usize,
    /// Outputs that one input reaches, for initialisers.
    pub fan_out: usize,
    /// How [`prepare`](Network::prepare) stores it.
    pub packing: Packing,
    /// Where it starts in a [`Prepared`] network: among the matrices, or among the other parameters.
    pub packed: usize,
    /// The penalty that its layer asks for by `l1` and `l2`.
    pub regularizer: Regularizer,
    /// The constraint that its layer asks for by `max_norm`.
    pub max_norm: Option<MaxNorm>,
}

/// How [`prepare`](Network::prepare) stores a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// Perhaps in fewer bits: inference reads it as the weight of matrix products alone.
    Matrix,
    /// Transformed, which takes four times the memory: it is the weight of convolutions that run by
    /// minimal filtering.
    Filter,
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
