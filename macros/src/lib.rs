//! The `network!` compiler of monograd. Use it through the `monograd` crate.

mod compile;
mod diag;
mod emit;
#[cfg(any(test, feature = "testing"))]
mod interp;
mod layer;
mod model;
mod plan;
mod shape;
mod similar;
mod syntax;
#[cfg(feature = "testing")]
mod testing;
#[cfg(test)]
mod tests;

/// Use it through the crate `monograd`, which tells the language.
#[proc_macro]
pub fn network(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream {
    compile::network(tokens.into()).into()
}

/// Calls a macro with every example of every layer and what the interpreter computes for it; for
/// monograd's own tests.
#[cfg(feature = "testing")]
#[doc(hidden)]
#[proc_macro]
pub fn for_each_example(callback: proc_macro::TokenStream) -> proc_macro::TokenStream {
    testing::for_each_example(&callback.into()).into()
}
