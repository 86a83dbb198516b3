//! What networks become: three small ones word for word, and what holds of all of them.
//!
//! With `BLESS=1` in the environment the files of `expansions/` are written anew.

use std::{env, fs, path::Path};

use proc_macro2::{TokenStream, TokenTree};

use crate::{compile, layer::LAYERS};

/// Larger than the examples of layers: every kind of step behind every other.
const LARGE: &[&str] = &[
    "[28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu, max_pool2d(2), flatten, dense(128), relu, dense(10), softmax,
    }",
    "[32, 32, 3] -> [10] {
        stem: conv2d(16, kernel = 3, padding = same, bias = false), batch_norm, silu,
        conv2d(32, kernel = 3, stride = 2, groups = 16), batch_norm, hard_swish, dropout(0.2),
        avg_pool2d(3, stride = 2, padding = 1), conv2d(64, kernel = 1), gelu, global_avg_pool2d,
        #[freeze] body: dense(64), tanh, dense(10), log_softmax,
    }",
    "[16, 16, 3] -> [10] {
        stem: conv2d(8, kernel = 3, padding = same), relu,
        residual { conv2d(8, kernel = 3, padding = same), batch_norm, relu, conv2d(8, kernel = 1) },
        residual(shortcut = { conv2d(16, kernel = 1, stride = 2) }) {
            conv2d(16, kernel = 3, stride = 2, padding = same), batch_norm,
        },
        parallel(concat) { { conv2d(4, kernel = 1) }, { max_pool2d(3, stride = 1, padding = same) }, {} },
        global_avg_pool2d, gate: dense(10), sigmoid, multiply(gate), maximum(gate), softmax,
    }",
    "[16] -> [4] {
        dense(12), repeat(6) { residual { dense(12), batch_norm, gelu, #[freeze] dense(12) }, repeat(2) { tanh } },
        dense(4), softmax,
    }",
    "[64] -> [8, 8, 1] { dense(64), leaky_relu, reshape([8, 8, 1]), sigmoid }",
];

fn expansion(network: &str) -> TokenStream {
    compile::network(format!("pub Net: {network}").parse().expect("these are tokens"))
}

pub(super) fn networks() -> impl Iterator<Item = &'static str> {
    LAYERS.iter().flat_map(|kind| kind.examples).chain(LARGE).copied()
}

fn words(tokens: TokenStream) -> Vec<String> {
    let words = tokens.into_iter().flat_map(|tree| match tree {
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Ident(ident) => vec![ident.to_string()],
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    words.collect()
}

#[test]
fn no_expansion_has_an_unsafe_token() {
    let broken = ["[4] -> [3] { dense(4), softmax }", "[4] -> [3] { stem: dnse(3) }"];
    for network in networks().chain(broken) {
        let words = words(expansion(network));
        assert!(words.iter().any(|word| word == "Network"), "{network}");
        assert!(!words.iter().any(|word| word.contains("unsafe")), "{network}");
    }
}

/// A derive would put in what cannot be seen here: `derive(Clone, Copy)` has an `unsafe impl`.
#[test]
fn nothing_is_left_for_others_to_expand() {
    for network in networks() {
        let words = words(expansion(network));
        assert!(!words.iter().any(|word| word == "derive"), "{network}");
    }
}

/// Of a family too, where enum and traits come on top.
#[test]
fn families_are_items_of_their_own() {
    let family = "pub Net<const A: usize in [2, 3], const B: usize in [4, 5]>: [A] -> [3] { dense(B), dense(3) }";
    let broken = "pub Net<const A: usize in [2, 3]>: [4] -> [3] { dense(A) }";
    for declaration in [family, broken] {
        let tokens = compile::network(declaration.parse().expect("these are tokens"));
        let again = compile::network(declaration.parse().expect("these are tokens"));
        assert_eq!(tokens.to_string(), again.to_string());
        assert!(syn::parse2::<syn::File>(tokens.clone()).is_ok(), "{declaration}");
        let words = words(tokens);
        assert!(!words.iter().any(|word| word.contains("unsafe") || word == "derive"));
        assert!(words.iter().any(|word| word == "NetSweep"), "{declaration}");
    }
}

#[test]
fn every_expansion_is_items() {
    for network in networks() {
        let file = syn::parse2::<syn::File>(expansion(network));
        let several = network.contains("(left:") || network.contains("(class:");
        assert!(file.is_ok_and(|file| several || file.items.len() == 3), "{network}");
    }
}

/// A loop is a loop: neither steps nor tables grow with the number of turns; those of networks are
/// filled while the program compiles.
#[test]
fn turns_do_not_lengthen_the_expansion() {
    let words = |times: usize| {
        let block = "residual { dense(8), batch_norm, relu, dropout(0.1), dense(8) },
            body: Body -> [8], layer(Own) -> [8]";
        words(expansion(&format!("[8] -> [8] {{ repeat({times}) {{ {block} }} }}"))).len()
    };
    assert_eq!(words(2), words(12));
}

#[test]
fn the_same_declaration_gives_the_same_tokens() {
    for network in networks() {
        assert_eq!(expansion(network).to_string(), expansion(network).to_string(), "{network}");
    }
}

/// A network as a user of `cargo expand` reads them.
fn pretty(network: &str) -> String {
    let file: syn::File = syn::parse2(expansion(network)).expect("an expansion is items");
    prettyplease::unparse(&file)
}

fn is_as_written(name: &str, network: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/expansions/{name}.rs.txt"));
    let text = format!("// {network}\n\n{}", pretty(network));
    if env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        fs::write(&path, &text).expect("the file can be written");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, written, "`BLESS=1 cargo test expansions` accepts {name} as it is now");
}

#[test]
fn a_line_is_as_written() {
    is_as_written("line", "[1] -> [1] { dense(1) }");
}

#[test]
fn a_perceptron_is_as_written() {
    is_as_written("perceptron", "[4] -> [3] { dense(8), relu, dense(3), softmax }");
}

#[test]
fn a_convolution_is_as_written() {
    let network =
        "[6, 6, 1] -> [2] { conv2d(4, kernel = 3), batch_norm, max_pool2d(2), flatten, dense(2) }";
    is_as_written("convolution", network);
}
