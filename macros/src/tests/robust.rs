//! Whatever stands in `network! { .. }`, the compiler says something and never panics.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::{collection::vec, prelude::*, sample::select};

use crate::{compile, layer};

/// Declarations of each test; a quarter of them where all but the layers is valid.
const CASES: u32 = 10_000;

const WORDS: &[&str] = &[
    "pub",
    "crate",
    "Net",
    "MnistCnn",
    "struct",
    "const",
    "true",
    "false",
    "valid",
    "same",
    "units",
    "filters",
    "kernel",
    "stride",
    "padding",
    "dilation",
    "groups",
    "bias",
    "init",
    "size",
    "rate",
    "shape",
    "zeros",
    "constant",
    "he_normal",
    "freeze",
    "scalar",
    "f32",
    "f64",
    "monograd",
    "doc",
    "residual",
    "repeat",
    "block",
    "stage",
    "pair",
    "width",
    "shortcut",
    "stem",
    "input",
    "dense1",
    "body",
    "r#type",
    "_",
    "self",
    "Dense",
    "Conv2D",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "10",
    "28",
    "784",
    "1_000",
    "0x1F",
    "0b11",
    "-3",
    "0.5",
    "-1.5",
    "1e999",
    "3u8",
    "2.0f32",
    "1099511627776",
    "1099511627777",
    "18446744073709551616",
    "170141183460469231731687303715884105728",
    "\"same\"",
    "'a'",
    "b\"x\"",
    "c\"x\"",
    "b'x'",
];

const PUNCTUATION: &str = ":,;=-><#!.+*/|&@$'?";

const NETWORKS: &[&str] = &[
    "/// Documented.\n pub MnistCnn: [28, 28, 1] -> [10] { conv2d(32, kernel = 3), relu, \
     max_pool2d(2), flatten, dense(128), relu, dense(10), softmax, }",
    "#[scalar(f64)] #[monograd(crate = path::to)] pub(crate) Net: [8, 8, 2] -> [3] { \
     stem: conv2d(4, kernel = (3, 5), stride = 2, padding = same, groups = 2, bias = false), \
     #[freeze] batch_norm, gelu, avg_pool2d(2, stride = 1), global_avg_pool2d, dropout(0.25), \
     dense(3, init = orthogonal, bias_init = constant(0.1)), log_softmax }",
    "Net: [6, 6, 2] -> [3] { stem: conv2d(4, kernel = 3, padding = same), \
     residual(shortcut = { conv2d(8, kernel = 1) }) { conv2d(8, kernel = 1), residual { relu } }, \
     parallel(concat) { { conv2d(2, kernel = 1) }, {}, { tanh } }, concat(stem), flatten, \
     left: dense(3), from(left), multiply(left), average(left, left) }",
    "Net: (image: [4, 4, 1], meta: [3]) -> (policy: [3], value: [1]) { flatten, concat(meta), \
     dense(3), policy: softmax, from(concat1), value: dense(1) }",
    "Net: [4] -> [4] { repeat(3) { residual { dense(4), relu }, repeat(2) { tanh, add(tanh1) } }, \
     #[freeze] repeat(1) { dense(4) } }",
    "Net: [8, 8, 2] -> [3] { block pair(width, size = 3) { conv2d(width, kernel = size, padding = same), \
     inner: relu, add(inner) } block stage(width) { first: pair(width * 2 - width), pair(width, size = 1), add(first) }, \
     start: stage(2 * 8 / (3 + 1)), repeat(2) { residual { stage(4) } }, add(start), flatten, dense(3) }",
    "pub Net<const HIDDEN: usize in [3, crate::sizes::WIDE -> 4], const STEPS: usize = 2,>: [STEPS, 2] -> [2] { \
     block stage(width = HIDDEN) { dense(2 * width), relu } stage, stage(HIDDEN), flatten, \
     inner::Net<HIDDEN> -> [HIDDEN, 3], flatten, dense(2) }",
    "Net: [12] -> [6] { reshape([2, 3, 2]), leaky_relu(0.2), flatten, dense(6) }",
];

fn leaf() -> impl Strategy<Value = TokenTree> {
    let words: Vec<&str> = WORDS.iter().copied().chain(layer::keywords()).collect();
    let number = select(NUMBERS).prop_map(|text| {
        let literal = text.parse::<Literal>().expect("the list holds literals");
        TokenTree::Literal(literal)
    });
    let marks: Vec<char> = PUNCTUATION.chars().collect();
    let punct = (select(marks), any::<bool>()).prop_map(|(char, joint)| {
        let spacing = if joint { Spacing::Joint } else { Spacing::Alone };
        TokenTree::Punct(Punct::new(char, spacing))
    });
    prop_oneof![select(words).prop_map(word), number, punct]
}

fn word(text: &str) -> TokenTree {
    TokenTree::Ident(match text.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(text, Span::call_site()),
    })
}

fn tree() -> impl Strategy<Value = TokenTree> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        let delimiters =
            [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None];
        (select(delimiters.to_vec()), vec(inner, 0..5)).prop_map(|(delimiter, trees)| {
            TokenTree::Group(Group::new(delimiter, trees.into_iter().collect()))
        })
    })
}

/// What is done to one token of a valid declaration.
#[derive(Clone, Debug)]
enum Mutation {
    Delete,
    Duplicate,
    Swap,
    Replace(TokenTree),
    Insert(TokenTree),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        Just(Mutation::Delete),
        Just(Mutation::Duplicate),
        Just(Mutation::Swap),
        tree().prop_map(Mutation::Replace),
        tree().prop_map(Mutation::Insert),
    ]
}

/// The tokens with the one at `place` changed, counted in reading order through all groups.
fn mutate(tokens: TokenStream, place: &mut usize, mutation: &Mutation) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < trees.len() {
        if *place == 0 {
            *place = usize::MAX;
            apply(&mut trees, at, mutation);
            break;
        }
        *place -= 1;
        if let TokenTree::Group(group) = &trees[at] {
            let inner = mutate(group.stream(), place, mutation);
            trees[at] = TokenTree::Group(Group::new(group.delimiter(), inner));
        }
        if *place == usize::MAX {
            break;
        }
        at += 1;
    }
    trees.into_iter().collect()
}

fn apply(trees: &mut Vec<TokenTree>, at: usize, mutation: &Mutation) {
    match mutation {
        Mutation::Delete => {
            trees.remove(at);
        }
        Mutation::Duplicate => trees.insert(at, trees[at].clone()),
        Mutation::Swap if at + 1 < trees.len() => trees.swap(at, at + 1),
        Mutation::Swap => {}
        Mutation::Replace(tree) => trees[at] = tree.clone(),
        Mutation::Insert(tree) => trees.insert(at, tree.clone()),
    }
}

#[test]
fn names_that_are_no_names_leave_whole_items() {
    for name in ["struct", "type", "self", "_", "__", "r#type", "crate", "Self", "union"] {
        let source = format!("Net: [2] -> [3] {{ {name}: dense(3), softmax }}");
        compile(source.parse().expect("these are tokens")).expect("there are items");
    }
}

#[test]
fn raw_names_are_read_in_blocks() {
    for read in ["r#type", "type", "other"] {
        let block = format!("block pair() {{ r#type: dense(2), relu, add({read}) }}");
        let source = format!("Net: [2] -> [2] {{ {block} pair(), late: pair() }}");
        compile(source.parse().expect("these are tokens")).expect("there are items");
    }
}

/// Compiles; what comes out is the items of a network, mistakes, or both.
fn compile(tokens: TokenStream) -> Result<(), TestCaseError> {
    let output = compile::network(tokens.clone());
    prop_assert!(!output.is_empty(), "nothing came of {tokens}");
    let items = syn::parse2::<syn::File>(output);
    prop_assert!(items.is_ok(), "no items came of {tokens}: {}", items.err().unwrap());
    Ok(())
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(CASES))]

    #[test]
    fn arbitrary_tokens(trees in vec(tree(), 0..12)) {
        compile(trees.into_iter().collect())?;
    }

    #[test]
    fn declarations_with_slips(
        network in select(NETWORKS),
        slips in vec((0..120_usize, mutation()), 1..4),
    ) {
        let mut tokens: TokenStream = network.parse().expect("the list holds tokens");
        for (place, mutation) in slips {
            tokens = mutate(tokens, &mut { place }, &mutation);
        }
        compile(tokens)?;
    }
}

proptest! {
    #![proptest_config(cases(CASES / 4))]

    #[test]
    fn a_header_and_arbitrary_layers(trees in vec(tree(), 0..12)) {
        let body: TokenStream = trees.into_iter().collect();
        compile(quote::quote!(Net: [28, 28, 1] -> [10] { #body }))?;
    }

    #[test]
    fn arbitrary_arguments(
        keyword in select(layer::keywords()),
        trees in vec(tree(), 0..8),
    ) {
        let (keyword, args) = (word(keyword), trees.into_iter().collect::<TokenStream>());
        compile(quote::quote!(Net: [28, 28, 1] -> [10] { #keyword(#args) }))?;
    }
}

#[test]
fn declarations_without_slips_compile() {
    for network in NETWORKS {
        let output = compile::network(network.parse().expect("the list holds tokens"));
        assert!(!output.to_string().contains("compile_error"), "{network}: {output}");
    }
}

#[test]
fn ends_without_shapes_are_mistakes() {
    for network in [
        "Net: (a: ) -> [4] { dense(4) }",
        "Net: [4] -> (a: ) { a: dense(4) }",
        "Net: (a: 4, b: word) -> [4] { add(b), dense(4) }",
        "Net: [4] -> (a: , b: ) { a: dense(4), b: dense(4) }",
        "Net: (:) -> (:) { dense(4) }",
    ] {
        let output = compile::network(network.parse().expect("the list holds tokens"));
        assert!(output.to_string().contains("compile_error"), "{network}");
    }
}

/// The tokens without one, counted in reading order through all groups, and without what follows it in
/// its group: what stands in an editor while that group is being typed.
fn being_typed(tokens: TokenStream, place: &mut usize) -> TokenStream {
    let mut trees = Vec::new();
    for tree in tokens {
        if *place == 0 {
            *place = usize::MAX;
            break;
        }
        trees.push(match tree {
            _ if *place == usize::MAX => tree,
            TokenTree::Group(group) => {
                *place -= 1;
                TokenTree::Group(Group::new(group.delimiter(), being_typed(group.stream(), place)))
            }
            leaf => {
                *place -= 1;
                leaf
            }
        });
    }
    trees.into_iter().collect()
}

#[test]
fn declarations_that_are_being_typed_are_mistakes() {
    for network in NETWORKS {
        let tokens: TokenStream = network.parse().expect("the list holds tokens");
        let places = (0..).take_while(|typed| {
            let mut place = *typed;
            let start = being_typed(tokens.clone(), &mut place);
            compile(start).expect("there are items or mistakes");
            place == usize::MAX
        });
        assert!(places.count() > 20, "{network}");
    }
}

#[test]
fn deep_groups_do_not_exhaust_the_stack() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(500), close.repeat(500));
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] {
        let groups = deep(open, close);
        for source in [
            groups.clone(),
            format!("Net: [{groups}] -> [1] {{ relu }}"),
            format!("Net: [1] -> [1] {{ dense({groups}) }}"),
            format!("Net: [1] -> [1] {{ dense{groups} }}"),
        ] {
            let output = compile::network(source.parse().expect("the groups are closed"));
            assert!(output.to_string().contains("compile_error"));
        }
    }
}

/// The largest sizes have a plan whose buffers lie in arenas of the sum of them.
#[test]
fn sizes_at_the_limit_are_networks() {
    for source in [
        "N: [1099511627776] -> [1099511627776] { tanh, gelu, dropout(0.1) }",
        "N: [8, 1] -> [8, 1] { lstm(1, return_sequences = true), \
         conv1d(1, kernel = 2, padding = causal, dilation = 549755813888) }",
    ] {
        let tokens: TokenStream = source.parse().expect("these are tokens");
        assert!(compile::check(tokens.clone()).mistakes.is_empty(), "{source}");
        assert!(!compile::network(tokens).is_empty());
    }
}

/// Products of turns saturate: what is too large is told, not computed.
#[test]
fn turns_beyond_every_size_do_not_overflow() {
    for layer in ["relu", "dense(8)", "body: Body -> [8]"] {
        let nested = (0..5).fold(layer.to_owned(), |body, _| format!("repeat(10000) {{ {body} }}"));
        let tokens: TokenStream = format!("N: [8] -> [8] {{ {nested} }}").parse().expect("tokens");
        assert!(!compile::network(tokens).is_empty(), "{layer}");
    }
}
