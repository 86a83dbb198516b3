//! Names of layers.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span};

use crate::{
    diag::Diagnostics,
    layer::{self, Kind},
    syntax::{self, Call, Spec},
};

/// Methods that a network has or will have, and those of every type that has them: a layer's view
/// of the same name would hide them.
const METHODS: &[&str] = &[
    "as_mut",
    "as_ref",
    "backward",
    "backward_until_deferred",
    "backward_with",
    "borrow",
    "borrow_mut",
    "clone",
    "clone_from",
    "deferred",
    "drop",
    "fmt",
    "forward",
    "forward_watched",
    "forward_with",
    "freeze",
    "from",
    "from_bytes",
    "from_parameters",
    "from_static",
    "gradients",
    "graph_dot",
    "infer",
    "infer_from",
    "init",
    "into",
    "load",
    "load_weights_only",
    "parameters",
    "parameters_mut",
    "predict",
    "predict_batch",
    "predict_rows",
    "predict_with",
    "prepare",
    "save",
    "scratch",
    "seam",
    "state",
    "step",
    "step_from",
    "step_with",
    "summary",
    "tape",
    "to_bytes",
    "to_owned",
    "try_from",
    "try_into",
    "type_id",
];

/// Words that stand for the network's own ends, in tables and as wires.
const ENDS: &[&str] = &["input", "output"];

/// The name of every layer: the given one, or keyword and ordinal among the layers of that keyword.
/// Wrong ones are reported.
pub(super) fn names(
    spec: &Spec,
    calls: &[&Call],
    kinds: &[Option<&'static Kind>],
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    ports(spec, &mut given, diagnostics);
    let mut names = Vec::new();
    let mut taken = BTreeSet::new();
    for (call, kind) in calls.iter().zip(kinds) {
        diagnostics.within(call.origin.as_ref());
        let keyword = kind.map_or_else(|| call.keyword.to_string(), |kind| kind.keyword.to_owned());
        let ordinal = ordinals.entry(call.full_name(&keyword)).or_default();
        *ordinal += 1;
        let (name, place) = match &call.name {
            Some(name) => (call.full_name(&name.to_string()), name.span()),
            None => (call.full_name(&syntax::automatic(&keyword, *ordinal)), call.keyword.span()),
        };
        let fits = call.name.as_ref().is_none_or(|given| check(given, diagnostics));
        let of_block = call.expanded || call.origin.is_some();
        let checked = fits && (call.name.is_some() || of_block);
        let unique = !checked || check_unique(&name, place, &mut given, diagnostics);
        let new = !fits || taken.insert(name.clone());
        if fits && unique && (!new || of_block && is_method(&name)) {
            report_joined(&name, place, new, diagnostics);
        }
        names.push(name);
    }
    diagnostics.within(None);
    names
}

/// Inputs are named as layers are, but `state` hides nothing: inputs have no views.
fn ports(spec: &Spec, given: &mut BTreeMap<String, String>, diagnostics: &mut Diagnostics) {
    for port in &spec.inputs {
        if port.name == "state" || check(&port.name, diagnostics) {
            check_unique(&port.name.to_string(), port.name.span(), given, diagnostics);
        }
    }
}

/// The names of layers of a used block begin with that of the use, and may meet another name.
fn report_joined(name: &str, place: Span, new: bool, diagnostics: &mut Diagnostics) {
    let message = if new {
        format!("`{name}` is a method of networks")
    } else {
        format!("two layers are called `{name}`")
    };
    diagnostics
        .error(place, message)
        .note("names of layers in a block follow that of its use")
        .help("give the block, its use or the layer another name");
}

/// Names that differ in nothing but `_` would name the same views.
fn check_unique(
    text: &str,
    span: Span,
    given: &mut BTreeMap<String, String>,
    diagnostics: &mut Diagnostics,
) -> bool {
    match given.get(&text.replace('_', "")) {
        Some(other) if *other == text => {
            diagnostics
                .error(span, format!("two layers are called `{text}`"))
                .help("give one of them another name, or none");
        }
        Some(other) => {
            diagnostics
                .error(span, format!("`{text}` and `{other}` are too much alike"))
                .help("give one of them another name, or none");
        }
        None => {
            given.insert(text.replace('_', ""), text.to_owned());
            return true;
        }
    }
    false
}

/// Whether a name is a word that a layer may have.
pub(crate) fn check(name: &Ident, diagnostics: &mut Diagnostics) -> bool {
    let text = name.to_string();
    let (message, help) = if let Some(raw) = text.strip_prefix("r#") {
        (
            format!("`{text}` cannot name a layer"),
            format!("choose a plain word, such as `{raw}_layer`"),
        )
    } else if syn::parse_str::<Ident>(&text).is_err() {
        (
            format!("`{text}` is a word of Rust"),
            format!("choose another name, such as `{}`", format!("{text}_layer").trim_matches('_')),
        )
    } else if !is_snake_case(&text) {
        let help = "choose lower-case words and digits joined by single `_`, such as `body_out`";
        (format!("`{text}` is not written as layers are"), help.to_owned())
    } else if let Some(keyword) = looks_automatic(&text) {
        let message = format!("`{text}` looks like the name of a `{keyword}` without a name");
        (message, "choose a name that says what the layer is for, such as `body_out`".to_owned())
    } else if is_method(&text) {
        let message = format!("`{text}` is a method of networks");
        (message, format!("choose another name, such as `{text}_layer`"))
    } else if ENDS.contains(&text.as_str()) {
        let message = format!("`{text}` is the network's own {text}");
        (message, format!("choose another name, such as `{text}_layer`"))
    } else if text.ends_with("_mut") {
        let message = format!("`{text}` looks like the writable view of another layer");
        (message, "choose a name that does not end in `_mut`".to_owned())
    } else {
        return true;
    };
    diagnostics.error(name.span(), message).help(help);
    false
}

/// Whether a network has, or will have, a method of this name.
pub(crate) fn is_method(text: &str) -> bool {
    METHODS.contains(&text)
}

fn is_snake_case(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first.is_ascii_lowercase());
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    starts && text.chars().all(plain) && !text.contains("__") && !text.ends_with('_')
}

/// The keyword whose layers are named like this where they have no name.
fn looks_automatic(text: &str) -> Option<&'static str> {
    let without_file = [layer::network::NETWORK.keyword, layer::network::CUSTOM.keyword];
    let keywords = layer::keywords().into_iter().chain(without_file);
    // The names of types that are made of these have no underscores.
    let text = text.replace('_', "");
    let like = keywords.into_iter().filter(|keyword| {
        let rest = text.strip_prefix(&keyword.replace('_', ""));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()))
    });
    like.max_by_key(|keyword| keyword.len())
}
