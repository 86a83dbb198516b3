//! The pipeline.

use proc_macro2::{Ident, TokenStream};

use crate::{
    diag::{self, Diagnostic, Diagnostics},
    emit,
    model::{self, Model},
    plan::{lower, optimize},
    syntax::{
        Spec,
        constants::{Declaration, Member},
        parse,
    },
};

/// A declaration becomes the items of its network, or its mistakes and the type with stubs; where its
/// constants have several values, those of a family.
pub(crate) fn network(tokens: TokenStream) -> TokenStream {
    let Checked { declaration, name, networks, mistakes } = check(tokens);
    let mut items: TokenStream = mistakes.iter().map(Diagnostic::to_compile_error).collect();
    items.extend(networks.first().map(|(_, spec, _)| emit::keywords::keywords(spec)));
    for (member, spec, model) in &networks {
        items.extend(match mistakes.is_empty() {
            true => whole(spec, model),
            false => emit::stubs(spec, model),
        });
        items.extend(emit::family::constants(spec, member));
    }
    if let Some((_, spec, _)) = networks.first().filter(|_| !declaration.broken) {
        let elsewhere = declaration.elsewhere();
        items.extend(elsewhere.map(|constant| emit::family::elsewhere(spec, constant)));
    }
    if let Some(name) = name.filter(|_| declaration.family) {
        let state = match (declaration.broken, mistakes.is_empty()) {
            (true, _) => emit::family::State::Broken,
            (false, whole) => emit::family::State::Known { whole },
        };
        items.extend(emit::family::family(&name, &networks, state));
    }
    items
}

/// A declaration as far as it is understood.
pub(crate) struct Checked {
    declaration: Declaration,
    /// As it is written: of a family, whose networks have names of their own.
    name: Option<Ident>,
    networks: Vec<(Member, Spec, Model)>,
    pub(crate) mistakes: Vec<Diagnostic>,
}

/// Checks every network of a declaration, of which there is one unless it is a family.
pub(crate) fn check(tokens: TokenStream) -> Checked {
    let mut header = Diagnostics::default();
    let declaration = Declaration::new(tokens, &mut header);
    let (mut name, mut networks, mut found) = (None, Vec::new(), Vec::new());
    for member in declaration.members() {
        let mut diagnostics = Diagnostics::default();
        if let Some(mut spec) = parse::parse(declaration.of(&member), &mut diagnostics) {
            let mut model = model::check(&spec, &mut diagnostics);
            name.get_or_insert(spec.name.clone());
            if declaration.family {
                spec.name = member.name(&spec.name);
                model.name = spec.name.to_string();
            }
            networks.push((member.clone(), spec, model));
        }
        found.push((member.words(), diagnostics.finish()));
    }
    let header = header.finish();
    let mistakes = if header.is_empty() { diag::merge(found) } else { header };
    Checked { declaration, name, networks, mistakes }
}

fn whole(spec: &Spec, model: &Model) -> TokenStream {
    let known = [&spec.input, &spec.output].iter().all(|shape| !shape.value.has_unknown());
    debug_assert!(known, "a size that is not known was not reported");
    let plan = optimize::optimize(lower::lower(model));
    emit::network(spec, model, &plan)
}
