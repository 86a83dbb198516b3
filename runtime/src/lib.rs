//! The runtime of monograd: kernels, buffers, losses, optimizers, metrics, data and training.
//!
//! Networks are declared with `network!` of the `monograd` crate, whose expansion calls the
//! kernels of this crate. A layer is unknown here: the runtime computes no shape and owns no
//! weights, it only executes [verbs](kernel).

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;


pub mod array;
pub mod buffer;
#[cfg(feature = "alloc")]
pub mod data;
pub mod init;
pub mod kernel;
#[cfg(feature = "alloc")]
pub mod loss;
pub mod network;
#[cfg(feature = "alloc")]
pub mod optim;
#[cfg(feature = "alloc")]
pub mod metric;
mod parallel;
pub mod pass;

pub mod pointwise;

pub mod rng;
pub mod simd;
#[cfg(feature = "alloc")]
mod summary;
