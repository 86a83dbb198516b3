//! The pipeline.

use proc_macro2::TokenStream;

use crate::{
    diag::{Diagnostic, Diagnostics},
    emit, model,
    plan::{lower, optimize},
    syntax::parse,
};

/// A declaration becomes the items of its network, or its mistakes and the type with stubs.
pub(crate) fn network(tokens: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let Some(spec) = parse::parse(tokens, &mut diagnostics) else {
        return compile_errors(&diagnostics.finish());
    };
    let model = model::check(&spec, &mut diagnostics);
    let mistakes = diagnostics.finish();
    if !mistakes.is_empty() {
        return compile_errors(&mistakes).into_iter().chain(emit::stubs(&spec, &model)).collect();
    }
    let known = [&spec.input, &spec.output].iter().all(|shape| !shape.value.has_unknown());
    debug_assert!(known, "a size that is not known was not reported");
    let plan = optimize::optimize(lower::lower(&model));
    emit::network(&spec, &model, &plan)
}

fn compile_errors(mistakes: &[Diagnostic]) -> TokenStream {
    mistakes.iter().map(Diagnostic::to_compile_error).collect()
}
