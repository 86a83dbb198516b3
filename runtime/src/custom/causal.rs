//! Layers of one's own that go over a sequence step by step.

use super::{Custom, CustomLayer, ScalarOf};
use crate::{
    array::Array,
    buffer::With,
    network::Network,
    predict::{Causal, Source},
    simd::Cpu,
};

#[cfg(feature = "alloc")]
use crate::{rng::Rng, simd::Scalar};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// A sequence: a tensor whose first size is the number of time steps.
pub trait Sequence: Array {
    /// One time step.
    type Step: Array<Scalar = Self::Scalar>;
    /// The number of them.
    const STEPS: usize;
}

impl<A: Array, const N: usize> Sequence for [A; N] {
    type Step = A;
    const STEPS: usize = N;
}

/// One time step of the input of a layer.
pub type StepOf<L> = <<L as CustomLayer>::Input as Sequence>::Step;

/// A layer of one's own over a sequence `[time, features]`, no step of whose output needs a later step of
/// its input. `layer(Smooth<100>, causal = true) -> [100, 1]` says so in a network, which then has a
/// [`step`](crate::predict::Step::step) if its other layers go step by step too.
///
/// ```
/// use monograd_runtime::custom::{CausalLayer, CustomLayer, Pass, step_error};
///
/// /// `y[t] = (x[t] + y[t-1]) / 2`, from zero, over `T` steps of one feature.
/// struct Smooth<const T: usize>;
///
/// impl<const T: usize> CustomLayer for Smooth<T> {
///     type Input = [[f32; 1]; T];
///     type Output = [[f32; 1]; T];
///     const NAME: &'static str = "Smooth";
///
///     fn forward(_: &[f32], x: &[[f32; 1]; T], y: &mut [[f32; 1]; T]) {
///         let mut state = [0.0];
///         for (x, y) in x.iter().zip(y) {
///             Self::step(&[], &mut state, x, y);
///         }
///     }
///
///     fn backward(_: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, _: &mut [f32]) {
///         let mut later = 0.0;
///         for (dy, dx) in dy.iter().zip(dx).rev() {
///             later = (dy[0] + later) / 2.0;
///             dx[0] = later;
///         }
///     }
/// }
///
/// impl<const T: usize> CausalLayer for Smooth<T> {
///     type State = [f32; 1];
///     type StepOutput = [f32; 1];
///
///     fn step(_: &[f32], state: &mut [f32; 1], x: &[f32; 1], y: &mut [f32; 1]) {
///         state[0] = (x[0] + state[0]) / 2.0;
///         *y = *state;
///     }
/// }
///
/// assert!(step_error::<Smooth<9>>(1) < 1e-6);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` says only what it computes of a whole sequence, not step by step",
    label = "this layer of your own is not `causal`",
    note = "implement `monograd::custom::CausalLayer` for it, or leave `causal = true` out"
)]
pub trait CausalLayer: CustomLayer<Input: Sequence> {
    /// What is kept from one time step to the next, a nested array: all zeros is the state before the
    /// first. `[f32; 0]` where every step stands alone.
    type State: Array<Scalar = ScalarOf<Self>>;
    /// What comes out after a time step: one of the output `[time, features]`; or all of an output of
    /// another kind, which is then what the steps so far give.
    type StepOutput: Array<Scalar = ScalarOf<Self>>;

    /// Writes the output after one more time step. `parameters` are those of
    /// [`forward`](CustomLayer::forward).
    fn step(
        parameters: &[ScalarOf<Self>],
        state: &mut Self::State,
        input: &StepOf<Self>,
        output: &mut Self::StepOutput,
    );
}

impl<L: CausalLayer> Causal for Custom<L> {
    type Sample = StepOf<L>;
    type StepOutput = L::StepOutput;
    type State = With<[L::State; 1], [L::StepOutput; 1]>;

    fn step_from<'s>(
        weights: impl Source<ScalarOf<L>>,
        _cpu: Cpu,
        state: &'s mut Self::State,
        sample: &StepOf<L>,
    ) -> &'s L::StepOutput {
        const { assert!(L::StepOutput::LEN == step_len::<L>(), "a step yields a step of the output") }
        let ([state], [output]) = state.split();
        L::step(weights.values(0..Self::TRAINED, 0), state, sample, output);
        output
    }
}

/// Scalars of a step of the output, or of all of it where it is no sequence.
const fn step_len<L: CausalLayer>() -> usize {
    if yields_steps::<L>() { L::Output::LEN / L::Input::STEPS } else { L::Output::LEN }
}

/// Whether the output is as long a sequence as the input.
const fn yields_steps<L: CausalLayer>() -> bool {
    let shape = L::Output::SHAPE;
    shape.len() >= 2 && shape[0] == L::Input::STEPS
}

/// How far a layer is step by step from what it computes at once, over a sequence of random values: the
/// largest difference of two scalars of the output, after the last step where that is no sequence.
///
/// Below 1e-12 in `f64` and 1e-5 in `f32` for a right `step`, where values are about 1.
#[cfg(feature = "alloc")]
#[must_use]
pub fn step_error<L: CausalLayer>(seed: u64) -> f64 {
    let mut rng = Rng::new(seed);
    let mut values = |len: usize| -> Vec<ScalarOf<L>> {
        (0..len).map(|_| Scalar::from_f64(rng.normal())).collect()
    };
    let (parameters, input) = (values(Custom::<L>::TRAINED), values(L::Input::LEN));
    let expected = super::forward_of::<L>(&parameters, &input);
    let mut found = Vec::new();
    let (mut state, mut output) = (L::State::ZEROED, L::StepOutput::ZEROED);
    for step in <StepOf<L>>::rows(&input) {
        L::step(&parameters, &mut state, step, &mut output);
        found.extend_from_slice(L::StepOutput::flat(core::slice::from_ref(&output)));
    }
    let last = found.len().saturating_sub(expected.len());
    let pairs = found[last..].iter().zip(&expected);
    pairs.map(|(found, expected)| (found.to_f64() - expected.to_f64()).abs()).fold(0.0, f64::max)
}
