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
//! - [`network!`]: the language; [`layers`]: every layer of it.
//! - [`Network`](network::Network): what a declared network can do.
//! - [`train`]: the trainer; [`loss`], [`optim`], [`metric`] and [`data`] are what it is given.
//! - [`weights`]: `.safetensors` files.
//!
//! # Features
//!
//! `std`, `parallel` (threads), `progress` (a progress bar), `weights` (files) and `gzip` are on by
//! default. Without default features the crate is `no_std`: networks run from borrowed weights and a
//! `static` scratch. `ndarray` takes samples from `ndarray` views.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

pub use monograd_macros::network;

#[cfg(feature = "std")]
pub use monograd_runtime::train;
#[cfg(feature = "weights")]
pub use monograd_runtime::weights;
pub use monograd_runtime::{array, buffer, init, network, pointwise, rng, simd};
#[cfg(feature = "alloc")]
pub use monograd_runtime::{data, loss, metric, optim};

#[doc = include_str!("layers.md")]
pub mod layers {}

/// What most programs need.
pub mod prelude {
    pub use crate::network;
    pub use monograd_runtime::prelude::*;
}

/// What expansions speak to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private_v1 {
    pub use monograd_runtime::{
        array::Array,
        buffer::{Buffers, Parameters, View, ViewMut, parts, rows, span},
        init::Init,
        kernel::{Conv2d, Stream, Verbs, Window},
        network::{Context, Entry, LayerInfo, Network, ParamInfo, debug, head},
        pointwise::Fun,
        simd::Cpu,
    };
}

/// The examples of the README compile.
#[cfg(all(doctest, feature = "weights"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
