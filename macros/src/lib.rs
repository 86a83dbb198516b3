//! The `network!` compiler of monograd. Use it through the `monograd` crate.

mod compile;
mod diag;
mod emit;
mod layer;
mod model;
mod plan;
mod shape;
mod similar;
mod syntax;
#[cfg(test)]
mod tests;

/// Declares a neural network: see the crate `monograd`.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    compile::network(tokens.into()).into()
}
