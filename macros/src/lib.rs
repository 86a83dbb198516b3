//! The `network!` compiler of monograd. Use it through the `monograd` crate.

mod diag;
mod layer;
mod model;
mod plan;
mod shape;
mod similar;
mod syntax;
