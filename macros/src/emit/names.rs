//! Names of generated types, which hide none of those that the declaration speaks of.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

use crate::syntax::{self, Spec};

/// The words that name types and modules in a declaration.
pub(super) struct Taken(BTreeSet<String>);

impl Taken {
    pub(super) fn of(spec: &Spec) -> Self {
        let mut taken = Self([spec.name.to_string()].into());
        let calls = syntax::flat(&spec.calls);
        let inner = calls.into_iter().filter_map(|call| call.network.as_ref());
        inner.for_each(|network| taken.add(network.path.clone()));
        taken
    }

    fn add(&mut self, path: TokenStream) {
        for token in path {
            match token {
                TokenTree::Ident(word) => drop(self.0.insert(word.to_string())),
                TokenTree::Group(group) => self.add(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    /// The name, with `_` behind it where it is taken.
    pub(super) fn free(&self, name: &str) -> Ident {
        if self.0.contains(name) {
            return self.free(&format!("{name}_"));
        }
        Ident::new(name, Span::call_site())
    }
}
