//! The words of layers reach the expansion as tokens of the declaration, where editors find them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, LineColumn, TokenStream, TokenTree};
use quote::ToTokens as _;

use crate::{compile, layer};

const WHOLE: &str = "
    Net: [8, 8, 2] -> [4] {
        block stage(width) { conv2d(width, kernel = 3, padding = same), relu }
        stage(4), residual(shortcut = { conv2d(4, kernel = 1) }) { stage(4) },
        repeat(2) { batch_norm },
        parallel(concat) { { body: Inner -> [8, 8, 2] }, { layer(Swish<8>) -> [8, 8, 2] } },
        flatten, #[freeze] end: dense(4), softmax,
    }";

const HALF: &str = "
    Net: [8] -> {
        block unused(width) { layer_norm }
        dense[4], drpout(0.5), stem: den, softmax softmax, repeat { tanh(3) }, relu,,
        body: Backbone, sigmoid
    ";

fn idents(tokens: TokenStream) -> Vec<Ident> {
    let each = tokens.into_iter().flat_map(|tree| match tree {
        TokenTree::Group(group) => idents(group.stream()),
        TokenTree::Ident(ident) => vec![ident],
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    each.collect()
}

fn place(ident: &Ident) -> (String, usize, usize) {
    let LineColumn { line, column } = ident.span().start();
    (ident.to_string(), line, column)
}

/// What the first item of an expansion names: layers, and blocks where they stand and are used.
fn named(declaration: &TokenStream) -> BTreeSet<(String, usize, usize)> {
    let file: syn::File =
        syn::parse2(compile::network(declaration.clone())).expect("an expansion is items");
    let is_const = |item: &&syn::Item| matches!(item, syn::Item::Const(_));
    let item = file.items.iter().find(is_const).expect("the words of layers come first");
    let tokens = idents(item.to_token_stream());
    let within = tokens.iter().skip_while(|ident| *ident != "keywords").skip(1);
    let words = within.filter(|ident| !["use", "as", "_", "doc", "mod"].iter().any(|w| ident == w));
    words.map(place).collect()
}

fn tokens(declaration: &str) -> TokenStream {
    let braces = if declaration.trim_end().ends_with('}') { "" } else { "}" };
    format!("{declaration}{braces}").parse().expect("these are tokens")
}

/// Every word of `declaration` that is one of a layer or a block, where it stands.
fn written(declaration: &TokenStream) -> BTreeSet<(String, usize, usize)> {
    let is_word =
        |word: &str| ["layer", "stage", "unused"].contains(&word) || layer::find(word).is_some();
    let all = idents(declaration.clone());
    // `concat` is here the argument of `parallel`.
    all.iter()
        .filter(|ident| is_word(&ident.to_string()) && *ident != "concat")
        .map(place)
        .collect()
}

#[test]
fn every_word_of_a_layer_is_in_the_expansion_by_its_own_token() {
    let declaration = tokens(WHOLE);
    assert_eq!(named(&declaration), written(&declaration));
}

#[test]
fn mistakes_elsewhere_take_no_word_away() {
    let declaration = tokens(HALF);
    assert_eq!(named(&declaration), written(&declaration));
}

#[test]
fn a_family_names_them_once() {
    let family = "Net<const A: usize in [2, 3]>: [A] -> [3] { dense(3) }";
    let tokens = idents(compile::network(tokens(family)));
    assert_eq!(tokens.iter().filter(|ident| *ident == "keywords").count(), 1);
}
