//! The runtime of monograd: kernels, buffers, losses, optimizers, metrics, data and training.
//!
//! Networks are declared with `network!` of the `monograd` crate, whose expansion calls the
//! kernels of this crate. A layer is unknown here: the runtime computes no shape and owns no
//! weights, it only executes [verbs](kernel).

#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod array;
pub mod buffer;
pub mod init;
pub mod kernel;
pub mod network;
pub mod parallel;

pub mod pointwise;

pub mod rng;
pub mod simd;
#[cfg(test)]
mod testing;
