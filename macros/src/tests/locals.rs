//! The names of locals in expansions, which `src/locals.rs` of the facade shields from constants of the
//! user's.
//!
//! With `BLESS=1` in the environment the file is written anew.

use std::{collections::BTreeSet, env, fs, path::Path};

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};

use super::expansions;
use crate::compile;

/// What the examples of layers do not have: several inputs and outputs, families, networks as layers,
/// in turns, and by steps.
const OTHERS: &[&str] = &[
    "Net: (image: [6, 6, 1], meta: [4]) -> (class: [3], score: [1]) {
        flatten, body: concat(meta), dense(3), class: softmax, from(body), score: dense(1) }",
    "Net<const A: usize in [2, 3]>: [A] -> [3] { dense(4), dense(3) }",
    "#[part] Net: [8, 4] -> [8, 4] {
        repeat(2) { repeat(3) { a: Inner -> [8, 4], conv1d(4, kernel = 3, padding = causal), batch_norm },
            layer(Own) -> [8, 4] },
        #[freeze] b: Inner -> [8, 4] }",
    "Net: [8, 4] -> [4] { repeat(2) { a: Inner -> [8, 4], lstm(4, return_sequences = true) }, last }",
    "Net: [4] -> [3] { dnse(3) }",
];

const HEAD: &str = "\
//! The names of locals in expansions, which these functions shield: a constant, a static or a unit struct of
//! the same name, seen where a network is declared, would be what a pattern means by it, and a function
//! is not. Written from expansions by a test of the compiler. Names with `_`, most of them made of the user's
//! own, are not among them.

";

/// The names that patterns bind.
#[derive(Default)]
struct Bound(BTreeSet<String>);

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.0.insert(pat.ident.to_string());
        visit::visit_pat_ident(self, pat);
    }

    /// The items of `__k::with_alloc! { .. }`.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Ok(file) = syn::parse2::<syn::File>(call.tokens.clone()) {
            Bound::of(&file, &mut self.0);
        }
    }
}

impl Bound {
    fn of(file: &syn::File, names: &mut BTreeSet<String>) {
        let mut bound = Self::default();
        bound.visit_file(file);
        names.extend(bound.0);
    }
}

/// Names with a `_` are put together from that of a layer or a port and another word.
fn written() -> String {
    let mut names = BTreeSet::new();
    let examples = expansions::networks().map(|network| format!("pub Net: {network}"));
    for declaration in examples.chain(OTHERS.iter().map(|other| (*other).to_owned())) {
        let tokens: TokenStream = declaration.parse().expect("these are tokens");
        let file: syn::File = syn::parse2(compile::network(tokens)).expect("an expansion is items");
        Bound::of(&file, &mut names);
    }
    let names = names.iter().filter(|name| !name.contains('_'));
    names.fold(HEAD.to_owned(), |text, name| format!("{text}pub fn {name}() {{}}\n"))
}

#[test]
fn every_local_is_shielded() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/locals.rs");
    let expected = written();
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &expected).expect("the file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "`BLESS=1 cargo test locals` writes the names anew");
}
