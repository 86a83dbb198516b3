//! Layers of one's own: a type that says what it computes, used as `layer(Swish) -> [8]`.
//!
//! [`CustomLayer`] asks for the types of input and output, which are its shapes, for its parameters, and
//! for the two passes over one sample. In a network it states what it yields, as every layer does that
//! only its own declaration knows, and the compiler checks that and what it takes.
//! [`gradient_error`] compares its backward pass with differences. One that goes over a sequence step by
//! step says so by [`CausalLayer`], and [`step_error`] compares that with the whole.

mod causal;
mod network;
mod table;

#[cfg(feature = "alloc")]
pub use causal::step_error;
pub use causal::{CausalLayer, Sequence, StepOf};
pub use network::Custom;

use crate::{array::Array, init::Init};

#[cfg(feature = "alloc")]
use crate::{
    rng::Rng,
    simd::{Cpu, Scalar},
};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

/// The most parameter tensors of a layer.
pub const MOST_PARAMETERS: usize = 16;

/// The element type of a layer.
pub type ScalarOf<L> = <<L as CustomLayer>::Input as Array>::Scalar;

/// A layer of one's own, as a type that is never made.
///
/// Nothing here may allocate if training and inference are not to, and nothing may be random: the two
/// passes are functions of what they are given.
///
/// ```
/// use monograd_runtime::custom::{CustomLayer, Parameter, Pass, gradient_error};
///
/// /// `y = x · sigmoid(b · x)`, a slope `b` for each of `N` features (Ramachandran et al. 2017).
/// struct Swish<const N: usize>;
///
/// fn sigmoid(x: f64) -> f64 {
///     1.0 / (1.0 + (-x).exp())
/// }
///
/// impl<const N: usize> CustomLayer for Swish<N> {
///     type Input = [f64; N];
///     type Output = [f64; N];
///     const NAME: &'static str = "Swish";
///     const PARAMETERS: &'static [Parameter] = &[Parameter::ones("slope", &[N])];
///
///     fn forward(slope: &[f64], x: &[f64; N], y: &mut [f64; N]) {
///         for ((y, x), b) in y.iter_mut().zip(x).zip(slope) {
///             *y = x * sigmoid(b * x);
///         }
///     }
///
///     fn backward(pass: Pass<'_, Self>, dy: &[f64; N], dx: &mut [f64; N], d_slope: &mut [f64]) {
///         for n in 0..N {
///             let (x, b) = (pass.input[n], pass.parameters[n]);
///             let s = sigmoid(b * x);
///             dx[n] = dy[n] * (s + b * x * s * (1.0 - s));
///             d_slope[n] += dy[n] * x * x * s * (1.0 - s);
///         }
///     }
/// }
///
/// assert!(gradient_error::<Swish<5>>(1) < 1e-7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer of your own",
    label = "this type does not say what it computes",
    note = "implement `monograd::custom::CustomLayer` for it"
)]
pub trait CustomLayer: Sized + 'static {
    /// One input, a nested array: its type is its shape.
    type Input: Array;
    /// One output, of the same element type.
    type Output: Array<Scalar = ScalarOf<Self>>;

    /// The name in summaries, and in the architecture that weight files are checked against: another
    /// one whenever parameters come to mean something else.
    const NAME: &'static str;
    /// The trained parameters, in the order in which both passes see them; at most
    /// [`MOST_PARAMETERS`].
    const PARAMETERS: &'static [Parameter] = &[];
    /// Multiply-accumulates of one forward pass of one sample, for the summary and the number of threads.
    const MACS: usize = 0;

    /// Writes the output of one sample. `parameters` are all of them, one after the other.
    fn forward(parameters: &[ScalarOf<Self>], input: &Self::Input, output: &mut Self::Output);

    /// Given the gradient of the output of one sample, writes that of its input, which is zero before, and
    /// *adds* those of the parameters to `d_parameters`, which has the sums over the samples before.
    fn backward(
        pass: Pass<'_, Self>,
        d_output: &Self::Output,
        d_input: &mut Self::Input,
        d_parameters: &mut [ScalarOf<Self>],
    );
}

/// What the forward pass of one sample had and made.
#[derive(Debug)]
pub struct Pass<'a, L: CustomLayer> {
    /// All parameters, one after the other.
    pub parameters: &'a [ScalarOf<L>],
    /// The input.
    pub input: &'a L::Input,
    /// The output.
    pub output: &'a L::Output,
}

/// A trained parameter of a layer of one's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) shape: &'static [usize],
    pub(crate) init: Init,
    pub(crate) decays: bool,
}

impl Parameter {
    /// A weight `[.., inputs, outputs]`, which starts by Glorot uniform and decays.
    #[must_use]
    pub const fn weight(name: &'static str, shape: &'static [usize]) -> Self {
        Self { name, shape, init: Init::GlorotUniform, decays: true }
    }

    /// A bias or the like, which starts at zero and does not decay.
    #[must_use]
    pub const fn zeros(name: &'static str, shape: &'static [usize]) -> Self {
        Self { name, shape, init: Init::Zeros, decays: false }
    }

    /// A factor or the like, which starts at one and does not decay.
    #[must_use]
    pub const fn ones(name: &'static str, shape: &'static [usize]) -> Self {
        Self { name, shape, init: Init::Ones, decays: false }
    }

    /// The same with another start.
    #[must_use]
    pub const fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }
}

/// How far the gradients of a layer are from central differences of `⟨output, d⟩` at random values, as
/// a share of their norm: the larger of that of the input and that of the parameters.
///
/// Below 1e-6 for a right backward pass in `f64`, below 1e-2 in `f32`, unless a value lies at an edge
/// of the function.
#[cfg(feature = "alloc")]
#[must_use]
pub fn gradient_error<L: CustomLayer>(seed: u64) -> f64 {
    let mut rng = Rng::new(seed);
    let mut values = |len: usize| -> Vec<ScalarOf<L>> {
        (0..len).map(|_| Scalar::from_f64(rng.normal())).collect()
    };
    let [input, d_output] = [values(L::Input::LEN), values(L::Output::LEN)];
    let parameters = values(table::len::<L>());
    let inner = |parameters: &[ScalarOf<L>], input: &[ScalarOf<L>]| -> f64 {
        let output = forward_of::<L>(parameters, input);
        output.iter().zip(&d_output).map(|(y, d)| y.to_f64() * d.to_f64()).sum()
    };
    let mut d_input = alloc::vec![ScalarOf::<L>::ZERO; L::Input::LEN];
    let mut d_parameters = alloc::vec![ScalarOf::<L>::ZERO; parameters.len()];
    network::backward::<L>(
        &parameters,
        L::Input::rows(&input),
        L::Output::rows(&forward_of::<L>(&parameters, &input)),
        L::Output::rows(&d_output),
        L::Input::rows_mut(&mut d_input),
        &mut d_parameters,
    );
    let of_input = error(&d_input, &differences(&input, |input| inner(&parameters, input)));
    let of_parameters = differences(&parameters, |parameters| inner(parameters, &input));
    of_input.max(error(&d_parameters, &of_parameters))
}

#[cfg(feature = "alloc")]
fn forward_of<L: CustomLayer>(
    parameters: &[ScalarOf<L>],
    input: &[ScalarOf<L>],
) -> Vec<ScalarOf<L>> {
    let mut output = alloc::vec![ScalarOf::<L>::ZERO; L::Output::LEN];
    let outputs = L::Output::rows_mut(&mut output);
    network::forward::<L>(Cpu::detect(), parameters, L::Input::rows(input), outputs);
    output
}

/// The central difference quotients of a function at `values`.
#[cfg(feature = "alloc")]
fn differences<T: Scalar>(values: &[T], f: impl Fn(&[T]) -> f64) -> Vec<f64> {
    let step = if T::NAME == "f64" { 1e-5 } else { 1e-2 };
    let mut moved = values.to_vec();
    let quotient = |at: usize| {
        let [above, below] = [step, -step].map(|step| {
            moved[at] = T::from_f64(values[at].to_f64() + step);
            (f(&moved), moved[at].to_f64())
        });
        moved[at] = values[at];
        (above.0 - below.0) / (above.1 - below.1)
    };
    (0..values.len()).map(quotient).collect()
}

/// The distance of a gradient, as a share of the norm of what is expected.
#[cfg(feature = "alloc")]
fn error<T: Scalar>(gradient: &[T], expected: &[f64]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let distance = squares(&mut gradient.iter().zip(expected).map(|(g, e)| g.to_f64() - e));
    let norm = squares(&mut expected.iter().copied());
    if distance == 0.0 { 0.0 } else { libm::sqrt(distance / norm.max(1e-30)) }
}
