//! A neural network is a Rust type.
//!
//! [`network!`] reads a list of layers, computes every shape while the program compiles, and writes
//! out the type of exactly that network with its forward and backward passes. A wrong shape is a
//! compile error; inference and the training step allocate nothing.
//!
//! ```
//! use monograd::prelude::*;
//!
//! network! {
//!     /// Exclusive or.
//!     pub Xor: [2] -> [1] { dense(8), tanh, dense(1), sigmoid }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let table = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0]), ([1.0, 0.0], [1.0]), ([1.0, 1.0], [0.0])];
//! let mut net = Xor::init(1);
//! Trainer::new(&mut net).optimizer(Adam::new(0.05)).loss(BinaryCrossEntropy).epochs(300).fit(&table)?;
//! let mut scratch = Xor::scratch::<1>();
//! assert!(net.predict(&[0.0, 1.0], &mut scratch)[0] > 0.9);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! - [`network!`]: the language; [`layers`]: every layer of it; [`init`]: how weights start.
//! - [`Network`](network::Network): what a declared network can do.
//! - [`regularize`]: what keeps weights small, for loops of one's own.
//! - [`custom`]: layers of your own, and checks of their gradients and steps.
//! - [`predict`]: inference, at once or time step by time step, and weights in half the memory for it.
//! - [`train`]: the trainer; [`loss`], [`optim`], [`metric`] and [`data`] are what it is given.
//! - [`weights`]: `.safetensors` files.
//!
//! # Features
//!
//! `std`, `parallel` (threads), `progress` (a progress bar), `weights` (files) and `gzip` are on by
//! default. Without default features the crate is `no_std`: networks run from borrowed weights and a
//! `static` scratch. `alloc` adds networks and buffers on the heap, losses and optimizers; the
//! trainer needs `std`. `ndarray` takes samples from `ndarray` views. `f64` compiles the kernels over `f64`
//! with this crate, once and optimised as it is, and not with each crate that has networks of `f64`.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

/// Declares a neural network: a struct whose shapes are checked while the program compiles.
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     /// Documentation and attributes go to the struct.
///     pub Digits: [28, 28, 1] -> [10] {
///         stem: conv2d(16, kernel = 3, padding = same, bias = false), batch_norm, relu,
///         max_pool2d(2),
///         flatten,
///         dense(64, init = he_normal), relu, dropout(0.5),
///         dense(10), softmax,
///     }
/// }
///
/// let net = Digits::init(42);
/// assert_eq!(Digits::LAYERS[0].name, "stem");
/// assert_eq!(net.stem().weight().as_slice().len(), 3 * 3 * 16);
/// ```
///
/// - **Header**: visibility, name, the shape of the input and that of the output, which is checked
///   against what the layers yield. Shapes are literals, channels last, without the batch:
///   `[height, width, channels]` or `[features]`.
/// - **Layers**, separated by commas; each is a word of [`layers`]. The first argument goes without
///   a name, the others are `key = value`.
/// - **Numbers** may be sums, differences, products and quotients without remainder: `dense(7 * 7 * 64)`.
/// - **Names**: `stem: conv2d(..)` names a layer. Others are called by their word and their number
///   among the layers of that word: `dense1`, `dense2`. Weight files, errors and views use them.
/// - **Names are wires**: `add(stem)`, `concat(skip)` and their like combine the current value with
///   earlier ones, `from(stem)` continues from one; `input` is the network's own.
/// - **Blocks** hold layers: `residual { .. }`, `parallel(concat) { { .. }, { .. } }`, `repeat(4) { .. }`.
/// - **Blocks of your own**: `block stage(width, stride = 1) { .. }` among the layers of the network, used behind
///   it as a layer, `stage(64)` or `start: stage(64, stride = 2)`. A parameter stands for a number or a word in the
///   arguments of its layers and in the defaults of the parameters behind it, in sums and products too: `4 * width`.
///   Blocks may use those before them. The name of a use is a wire to its last value, and stands before the names
///   within: `start_conv2d1`, `stage1_conv2d1`.
/// - **Networks are layers**: `body: Backbone -> [7, 7, 64]` uses another network and its parameters, by any path to
///   its type, and says what it yields, which is checked. `net.body()` and `net.body_mut()` copy a trained one out and
///   in, files have its parameters as `body.conv2d1.weight`. One that stands behind layers that are trained is declared
///   with `#[part]` before its name, so that it yields the gradient of its input; with `#[freeze]` it runs as in
///   inference. It is as visible as the network around it. In a `repeat` each turn has its own: `net.body()[1]`, in
///   files `body.1.conv2d1.weight`.
/// - **Layers of your own**: `layer(Swish<8>) -> [8]` uses a type that implements [`CustomLayer`](custom::CustomLayer), by
///   any path to it, and says what it yields; that and what it takes are checked. `net.layer1()` and `net.layer1_mut()`
///   copy its parameters out and in, files have them as `layer1.slope`. With `causal = true` behind the type it goes over
///   sequences step by step, as its [`CausalLayer`](custom::CausalLayer) says, and the network has a `step`.
/// - **Several inputs or outputs** have names: `(image: [28, 28, 1], meta: [4]) -> (class: [10], score: [1])`.
///   Layers read inputs by name, the first layer the first one; outputs are the layers of their names.
///   The macro then writes `NetInput`, `NetOutput` and `NetLosses`, a loss for each output;
///   `NetOutput::class(Accuracy)` is a metric of one.
/// - **Constants** of the header are numbers that are written once: `Net<const STEPS: usize = 100>: [STEPS, 4] -> [10]`,
///   afterwards `Net::STEPS`. A macro sees the names of constants elsewhere and not their values, so one is taken over
///   with its value, which the compiler checks: `<const STEPS: usize = crate::STEPS -> 100>`.
/// - **Families**: a constant with several values, `Mlp<const HIDDEN: usize in [32, 64]>`, makes a network for each,
///   `Mlp<32>`, and what a search over architectures takes: see below.
/// - **`init = ..`** of layers with weights: `zeros`, `ones`, `constant(0.1)`, `glorot_uniform`,
///   `glorot_normal`, `he_uniform`, `he_normal`, `lecun_uniform`, `lecun_normal` or `orthogonal`
///   (see [`init`]); PyTorch's `xavier_` and `kaiming_` are understood.
/// - **`l1 = ..`, `l2 = ..`, `max_norm = ..`** of layers with weights keep these small in training: see
///   [regularisation](layers#regularisation).
/// - **`#[freeze]`** before a layer keeps its parameters as they are, and leaves out what would
///   compute their gradients.
/// - **`#[scalar(f64)]`** before the name: the network computes in `f64` instead of `f32`. Its kernels are compiled with
///   the crate that declares it, or with the feature `f64` with this one.
/// - **`#[monograd(crate = path)]`**: where this crate is found, if under another name.
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     /// Which move to make, and how the game stands.
///     pub Player: (board: [3, 3, 2], clock: [2]) -> (policy: [9], value: [1]) {
///         conv2d(16, kernel = 3, padding = same), relu,
///         repeat(2) { residual { conv2d(16, kernel = 3, padding = same), relu } },
///         flatten, body: concat(clock),
///         dense(9), policy: softmax,
///         from(body), value: dense(1),
///     }
/// }
///
/// let mut net = Player::init(1);
/// let input = PlayerInput { board: [[[0.0; 2]; 3]; 3], clock: [1.0, 1.0] };
/// let games = [([0.0; 20], (4_u8, [1.0])), (input.clone().into(), (0, [-1.0]))];
/// let losses = PlayerLosses { policy: CrossEntropy, value: MeanSquaredError };
/// let trainer = Trainer::new(&mut net).loss(losses).metric(PlayerOutput::policy(Accuracy));
/// let history = trainer.epochs(2).quiet().fit(&games)?;
/// assert!(history.last().metric_of("policy", "accuracy").is_some());
/// let mut scratch = Player::scratch::<1>();
/// let output = net.predict(&input, &mut scratch);
/// assert_eq!(output.policy.len(), 9);
/// # Ok::<(), TrainError>(())
/// ```
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     pub Stages: [32, 32, 3] -> [10] {
///         block unit(width, stride = 1) {
///             conv2d(width, kernel = 3, stride = stride, padding = same, bias = false), batch_norm, relu,
///         }
///         block stage(width) { unit(width, stride = 2), residual { unit(width), unit(width) } }
///
///         unit(16), stage(16), last: stage(32),
///         global_avg_pool2d, dense(10), softmax,
///     }
/// }
///
/// let net = Stages::init(1);
/// assert_eq!(net.last_unit1_conv2d1().weight().as_slice().len(), 3 * 3 * 16 * 32);
/// ```
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     pub Backbone: [28, 28, 1] -> [64] {
///         conv2d(16, kernel = 3), relu, max_pool2d(2), flatten, dense(64), relu,
///     }
/// }
/// network! { pub Digits: [28, 28, 1] -> [10] { body: Backbone -> [64], dense(10), softmax } }
/// network! { pub Letters: [28, 28, 1] -> [26] { #[freeze] body: Backbone -> [64], dense(26), softmax } }
///
/// let digits = Digits::init(1); // and trained
/// let mut letters = Letters::init(2);
/// letters.body_mut().copy_from(&digits.body().to_network());
/// let weights = |body: Backbone| body.dense1().weight().as_slice().to_vec();
/// assert_eq!(weights(letters.body().to_network()), weights(digits.body().to_network()));
/// ```
///
/// A network over sequences `[time, features]` in which no time step needs a later one has a [`step`](predict::Step),
/// which computes one time step at a time, those of its layers that are networks included; of any other the compiler
/// says which layer is in the way.
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     /// The gain of a compressor from the last 31 samples, sample by sample.
///     pub Gain: [512, 1] -> [512, 1] {
///         conv1d(8, kernel = 3, padding = causal), tanh,
///         conv1d(8, kernel = 3, padding = causal, dilation = 2), tanh,
///         conv1d(8, kernel = 3, padding = causal, dilation = 4), tanh,
///         conv1d(8, kernel = 3, padding = causal, dilation = 8), tanh,
///         dense(1), sigmoid,
///     }
/// }
///
/// let net = Gain::init(1);
/// let signal: [[f32; 1]; 512] = std::array::from_fn(|t| [(0.1 * t as f32).sin()]);
/// let mut scratch = Gain::scratch::<1>();
/// let at_once = net.predict(&signal, &mut scratch);
/// let mut state = State::<Gain>::new();
/// for (sample, expected) in signal.iter().zip(at_once) {
///     let gain = net.step(&mut state, sample);
///     assert!((gain[0] - expected[0]).abs() < 1e-6);
/// }
/// ```
///
/// A family `Mlp` has the networks `Mlp32`, `Mlp64` and so on (`Mlp32x2` with two constants), which are `Mlp<32>` and
/// `Mlp<64>` too; the trait `MlpNetwork` of all of them; the enum `MlpSweep` over them, with `all`, `init`, `name`,
/// `constants`, `parameters` and `macs`; and `MlpVisitor`, what is done with any of them. A mistake is told once, with
/// the values that show it. All networks are compiled, at most 64; `examples/search.rs` searches among nine.
///
/// ```
/// use monograd::prelude::*;
///
/// network! {
///     pub Mlp<const HIDDEN: usize in [2, 16]>: [2] -> [2] { dense(HIDDEN), tanh, dense(2), softmax }
/// }
///
/// /// Trains any network of the family, and yields its loss.
/// struct Fit {
///     rate: f64,
/// }
///
/// impl MlpVisitor for Fit {
///     type Output = Result<f64, TrainError>;
///
///     fn visit<N: MlpNetwork>(self, net: &mut N) -> Self::Output {
///         let table = [([0.0, 0.0], 0_u8), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)];
///         let trainer = Trainer::new(net).optimizer(Adam::new(self.rate)).loss(CrossEntropy);
///         Ok(trainer.epochs(200).quiet().fit(&table)?.last().loss)
///     }
/// }
///
/// let mut best = None;
/// for mut net in MlpSweep::all(7) {
///     let loss = net.visit(Fit { rate: 0.05 })?;
///     if best.as_ref().is_none_or(|(least, _)| loss < *least) {
///         best = Some((loss, net));
///     }
/// }
/// assert_eq!(best.map(|(_, net)| net.name()), Some(Mlp::<16>::NAME));
/// # Ok::<(), TrainError>(())
/// ```
///
/// The struct implements [`Network`](network::Network), where its methods and constants stand, and
/// has a method for every layer with parameters, `net.stem()` with `weight()` and so on.
pub use monograd_macros::network;

#[cfg(feature = "std")]
pub use monograd_runtime::train;
#[cfg(feature = "weights")]
pub use monograd_runtime::weights;
pub use monograd_runtime::{
    array, buffer, custom, half, init, network, part, pointwise, predict, regularize, rng, simd,
};
#[cfg(feature = "alloc")]
pub use monograd_runtime::{data, loss, metric, optim};

#[doc = include_str!("layers.md")]
pub mod layers {}

#[doc(hidden)]
pub mod keywords;

#[doc(hidden)]
pub mod locals;

/// What most programs need.
pub mod prelude {
    pub use crate::network;
    pub use monograd_runtime::prelude::*;
}

/// What expansions speak to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private_v1 {
    #[cfg(feature = "std")]
    pub use monograd_runtime::train::{DefaultEvaluation, Evaluator};
    #[cfg(feature = "alloc")]
    pub use monograd_runtime::{
        loss::{
            BinaryCrossEntropy, ClassTarget, CrossEntropy, Loss, MeanSquaredError,
            NegativeLogLikelihood, TargetError,
        },
        metric::{Accuracy, BinaryAccuracy, MeanAbsolute, OfOutput, PartOf},
    };

    pub use crate::{__with_alloc as with_alloc, __with_std as with_std, keywords, locals};
    pub use monograd_runtime::{
        array::Array,
        buffer::{
            Buffers, CLOCK, Parameters, Turns, View, ViewMut, With, clock, parts, rows, span, turn,
            turn_before,
        },
        custom,
        gradient::WeightGradient,
        init::Init,
        kernel::{
            Attention, AttentionStep, CausalLayer, Cell, Chain, Conv2d, Groups, RecurStep,
            Recurrence, Stream, Strided, Taps, Upsample, Verbs, Window, causal_chain, dense_chain,
            gemm, winograd,
        },
        network::{
            Context, Entry, LayerInfo, Member, Network, Outputs, Packing, ParamInfo, debug, head,
        },
        part,
        pointwise::Fun,
        predict::{Causal, Predict, Source, Step},
        regularize::{MaxNorm, Regularizer},
        simd::{Cpu, Scalar},
    };
}

/// Items of an expansion that need `alloc`.
#[cfg(feature = "alloc")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_alloc {
    ($($items:tt)*) => { $($items)* };
}

/// Items of an expansion that need `alloc`, which is off.
#[cfg(not(feature = "alloc"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_alloc {
    ($($items:tt)*) => {};
}

/// Items of an expansion that need `std`.
#[cfg(feature = "std")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_std {
    ($($items:tt)*) => { $($items)* };
}

/// Items of an expansion that need `std`, which is off.
#[cfg(not(feature = "std"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_std {
    ($($items:tt)*) => {};
}

/// The examples of the README compile.
#[cfg(all(doctest, feature = "weights"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
