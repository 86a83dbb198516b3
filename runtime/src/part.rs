//! Networks as layers of others: how they run there, and views of their parameters.

mod message;
mod tables;

use core::{marker::PhantomData, mem::take, ops::Range};

pub use message::{is, logits, takes, yields};
pub use tables::{
    EMPTY, PartParams, fingerprint, join_params, join_text, matrices, names, names_len, text,
    text_len, values,
};

use crate::{
    array::Array,
    network::{Context, Entry, Network},
    predict::{Causal, Source},
    simd::{Cpu, Scalar},
};

/// A network that yields the gradient of its input: one declared with `#[part]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands behind layers that are trained, and does not yield the gradient of its input",
    label = "they wait for this gradient",
    note = "write `#[part]` before the name of `{Self}` where it is declared"
)]
pub trait Part: Network {
    /// The gradient of the inputs after a backward pass over `rows` samples.
    fn d_input<const B: usize>(tape: &mut Self::Tape<B>, rows: usize) -> &[Self::Input];
}

/// A network that goes over sequences step by step, asked of a layer where the network around it is
/// asked for its `step`.
pub trait Stepped<'a>: Causal {}

impl<N: Causal> Stepped<'_> for N {}

/// Asks, while the program compiles, whether a layer of one's own goes step by step as it is said to.
pub const fn steps<N: Causal>() {}

/// Where the parameters of a layer that is a network start: its trained range and its state in the
/// arena of the network around it, its matrices and its other parameters in prepared weights.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The trained range.
    pub trained: usize,
    /// The state range.
    pub state: usize,
    /// The matrices, where weights are prepared.
    pub matrices: usize,
    /// The other parameters, where weights are prepared.
    pub values: usize,
}

/// The weights of a layer among those of the network around it.
struct Within<'w, W, N> {
    weights: &'w W,
    place: Place,
    network: PhantomData<N>,
}

impl<W, N: Network> Within<'_, W, N> {
    /// A range in the arena of the layer is this one in the arena around it.
    fn shift(&self, at: &Range<usize>) -> Range<usize> {
        let start = if at.start < N::TRAINED {
            self.place.trained + at.start
        } else {
            self.place.state + at.start - N::TRAINED
        };
        start..start + at.len()
    }
}

impl<N: Network, W: Source<N::Scalar>> Source<N::Scalar> for Within<'_, W, N> {
    type Matrix<'a>
        = W::Matrix<'a>
    where
        Self: 'a;
    type Filter<'a>
        = W::Filter<'a>
    where
        Self: 'a;

    #[inline]
    fn matrix(&self, at: Range<usize>, packed: usize) -> W::Matrix<'_> {
        self.weights.matrix(self.shift(&at), self.place.matrices + packed)
    }

    #[inline]
    fn filter(&self, at: Range<usize>, packed: usize) -> W::Filter<'_> {
        self.weights.filter(self.shift(&at), self.place.values + packed)
    }

    #[inline]
    fn values(&self, at: Range<usize>, packed: usize) -> &[N::Scalar] {
        self.weights.values(self.shift(&at), self.place.values + packed)
    }
}

/// A network as a layer of one that computes in `T`.
pub trait Layer<T: Scalar>: Network {
    /// `y = layer(x)`, as in inference.
    fn layer_infer<const B: usize>(
        weights: &impl Source<T>,
        place: Place,
        cpu: Cpu,
        y: &mut [T],
        x: &[T],
        scratch: &mut Self::Scratch<B>,
    );

    /// What the layer yields after one more time step `x`.
    ///
    /// # Panics
    ///
    /// When that is not as long as `y`: a network that ends its sequence yields all of its output.
    fn layer_step(
        weights: &impl Source<T>,
        place: Place,
        cpu: Cpu,
        y: &mut [T],
        x: &[T],
        state: &mut <Self as Causal>::State,
    ) where
        Self: Causal;

    /// `y = layer(x)`, as in training; `place` numbers its layer and its turn in the network around it.
    fn layer_forward<const B: usize>(
        weights: (&[T], &mut [T]),
        context: Context,
        place: u64,
        y: &mut [T],
        x: &[T],
        tape: &mut Self::Tape<B>,
    );

    /// The gradients of its trained parameters, after [`layer_forward`](Layer::layer_forward).
    #[allow(clippy::too_many_arguments)]
    fn layer_backward<const B: usize>(
        gradients: &mut [T],
        weights: (&[T], &[T]),
        context: Context,
        place: u64,
        dy: &[T],
        x: &[T],
        tape: &mut Self::Tape<B>,
    );

    /// `dx`, after [`layer_backward`](Layer::layer_backward).
    fn layer_backward_input<const B: usize>(dx: &mut [T], tape: &mut Self::Tape<B>)
    where
        Self: Part;

    /// Its parameters, which lie in the arena of the network around it.
    #[must_use]
    fn inside<'a>(trained: &'a [T], state: &'a [T]) -> Inside<'a, Self>;

    /// The same, writable.
    #[must_use]
    fn inside_mut<'a>(trained: &'a mut [T], state: &'a mut [T]) -> InsideMut<'a, Self>;
}

impl<N: Network> Layer<N::Scalar> for N {
    fn layer_infer<const B: usize>(
        weights: &impl Source<N::Scalar>,
        place: Place,
        cpu: Cpu,
        y: &mut [N::Scalar],
        x: &[N::Scalar],
        scratch: &mut Self::Scratch<B>,
    ) {
        let weights = Within::<_, Self> { weights, place, network: PhantomData };
        let outputs = Self::infer_from::<B>(weights, cpu, Self::Input::rows(x), scratch);
        y.copy_from_slice(Self::Output::flat(outputs));
    }

    fn layer_step(
        weights: &impl Source<N::Scalar>,
        place: Place,
        cpu: Cpu,
        y: &mut [N::Scalar],
        x: &[N::Scalar],
        state: &mut <Self as Causal>::State,
    ) where
        Self: Causal,
    {
        let weights = Within::<_, Self> { weights, place, network: PhantomData };
        let output = Self::step_from(weights, cpu, state, &<Self as Causal>::Sample::rows(x)[0]);
        y.copy_from_slice(<Self as Causal>::StepOutput::flat(core::slice::from_ref(output)));
    }

    fn layer_forward<const B: usize>(
        weights: (&[N::Scalar], &mut [N::Scalar]),
        context: Context,
        place: u64,
        y: &mut [N::Scalar],
        x: &[N::Scalar],
        tape: &mut Self::Tape<B>,
    ) {
        let inputs = Self::Input::rows(x);
        Self::forward_with::<B>(weights, context.within(place), inputs, tape, &mut |_, _| {});
        let (outputs, _) = Self::seam::<B>(tape, inputs.len(), Entry::Output);
        y.copy_from_slice(Self::Output::flat(outputs));
    }

    fn layer_backward<const B: usize>(
        gradients: &mut [N::Scalar],
        weights: (&[N::Scalar], &[N::Scalar]),
        context: Context,
        place: u64,
        dy: &[N::Scalar],
        x: &[N::Scalar],
        tape: &mut Self::Tape<B>,
    ) {
        let inputs = Self::Input::rows(x);
        let (_, d_output) = Self::seam::<B>(tape, inputs.len(), Entry::Output);
        Self::Output::flat_mut(d_output).copy_from_slice(dy);
        let context = context.within(place);
        Self::backward_with::<B>(weights, context, Entry::Output, inputs, tape, gradients);
    }

    fn layer_backward_input<const B: usize>(dx: &mut [N::Scalar], tape: &mut Self::Tape<B>)
    where
        Self: Part,
    {
        let rows = dx.len() / Self::Input::LEN;
        dx.copy_from_slice(Self::Input::flat(Self::d_input::<B>(tape, rows)));
    }

    fn inside<'a>(trained: &'a [N::Scalar], state: &'a [N::Scalar]) -> Inside<'a, Self> {
        Inside { trained, state }
    }

    fn inside_mut<'a>(
        trained: &'a mut [N::Scalar],
        state: &'a mut [N::Scalar],
    ) -> InsideMut<'a, Self> {
        InsideMut { trained, state }
    }
}

/// The parameters of a network that is a layer of another.
#[derive(Debug)]
pub struct Inside<'a, N: Network> {
    trained: &'a [N::Scalar],
    state: &'a [N::Scalar],
}

/// Not derived, which would ask it of the network.
impl<N: Network> Clone for Inside<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Network> Copy for Inside<'_, N> {}

impl<N: Network> Inside<'_, N> {
    /// Splits off those of the next turn, where those of several lie one after the other.
    #[doc(hidden)]
    #[must_use]
    pub fn next_turn(&mut self) -> Self {
        let ((trained, rest), (state, rest_of_state)) =
            (self.trained.split_at(N::TRAINED), self.state.split_at(N::STATE));
        *self = Self { trained: rest, state: rest_of_state };
        Self { trained, state }
    }

    /// Copies the parameters into a network of its own.
    pub fn copy_to(self, network: &mut N) {
        let (trained, state) = network.parameters_mut().split_mut();
        trained.copy_from_slice(self.trained);
        state.copy_from_slice(self.state);
    }

    /// A network of its own with these parameters.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn to_network(self) -> N {
        let parameters = crate::buffer::Parameters::zeroed(N::TRAINED, N::STATE);
        let mut network = N::from_parameters(parameters);
        self.copy_to(&mut network);
        network
    }
}

/// The parameters of a network that is a layer of another, writable.
#[derive(Debug)]
pub struct InsideMut<'a, N: Network> {
    trained: &'a mut [N::Scalar],
    state: &'a mut [N::Scalar],
}

impl<N: Network> InsideMut<'_, N> {
    /// Splits off those of the next turn, where those of several lie one after the other.
    #[doc(hidden)]
    #[must_use]
    pub fn next_turn(&mut self) -> Self {
        let (trained, state) = (take(&mut self.trained), take(&mut self.state));
        let ((trained, rest), (state, rest_of_state)) =
            (trained.split_at_mut(N::TRAINED), state.split_at_mut(N::STATE));
        *self = Self { trained: rest, state: rest_of_state };
        Self { trained, state }
    }

    /// Overwrites the parameters with those of `network`, such as one that is trained already.
    pub fn copy_from(&mut self, network: &N) {
        let (trained, state) = network.parameters().split();
        self.trained.copy_from_slice(trained);
        self.state.copy_from_slice(state);
    }
}
