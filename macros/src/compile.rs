//! The pipeline.

use proc_macro2::TokenStream;

use crate::{
    diag::Diagnostics,
    emit, model,
    plan::{lower, optimize},
    syntax::parse,
};

/// A declaration becomes the items of its network, or its mistakes and the type with stubs.
pub(crate) fn network(tokens: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(spec) = parse::parse(tokens, &mut diagnostics) else {
        return diagnostics.finish().unwrap_or_default();
    };
    let model = model::check(&spec, &mut diagnostics);
    if let Some(errors) = diagnostics.finish() {
        let stubs = emit::stubs(&spec, &model);
        return quote::quote!(#errors #stubs);
    }
    let plan = optimize::optimize(lower::lower(&model));
    emit::network(&spec, &model, &plan)
}
