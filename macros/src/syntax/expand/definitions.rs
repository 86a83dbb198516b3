//! What blocks themselves must hold to.

use proc_macro2::Ident;

use crate::{
    diag::Diagnostics,
    layer, model,
    syntax::{Definition, Value, flat},
};

/// Names are of one block, and every parameter is used. Yields whether something of each is reported
/// that leaves it without use.
pub(super) fn check(definitions: &[Definition], diagnostics: &mut Diagnostics) -> Vec<bool> {
    let each = definitions.iter().enumerate().map(|(index, definition)| {
        let before = diagnostics.len();
        check_name(&definition.name, &definitions[..index], diagnostics);
        let reported = diagnostics.len() > before || definition.calls.is_empty();
        check_parameters(definition, diagnostics);
        reported
    });
    each.collect()
}

fn check_name(name: &Ident, before: &[Definition], diagnostics: &mut Diagnostics) {
    let text = name.to_string();
    if layer::find(&text).is_some() || text == layer::network::CUSTOM.keyword {
        diagnostics
            .error(name.span(), format!("`{text}` is a layer of the language"))
            .help(format!("choose another name, such as `{text}_block`"));
    } else if before.iter().any(|other| other.name == text) {
        diagnostics
            .error(name.span(), format!("two blocks are called `{text}`"))
            .help("give one of them another name");
    } else {
        model::check_name(name, diagnostics);
    }
}

fn check_parameters(definition: &Definition, diagnostics: &mut Diagnostics) {
    let block = &definition.name;
    let calls = flat(&definition.calls);
    let args = calls.iter().flat_map(|call| &call.args).map(|arg| &arg.value);
    let defaults = definition.parameters.iter().filter_map(|parameter| parameter.default.as_ref());
    let words: Vec<String> = args.chain(defaults).flat_map(words).collect();
    for (index, parameter) in definition.parameters.iter().enumerate() {
        let name = &parameter.name;
        let twice = definition.parameters[..index].iter().any(|other| other.name == *name);
        if twice {
            diagnostics
                .error(name.span(), format!("two parameters of `{block}` are called `{name}`"))
                .help("give one of them another name");
        } else if !definition.calls.is_empty() && !words.contains(&name.to_string()) {
            diagnostics
                .error(name.span(), format!("nothing in `{block}` uses its parameter `{name}`"))
                .help(format!("remove `{name}`, or write it where a value stands"));
        }
    }
}

/// Every word that stands in a value.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Word(word, inner) if inner.is_empty() => vec![word.to_string()],
        Value::Word(_, inner) | Value::Tuple(inner, _) | Value::List(inner, _) => {
            inner.iter().flat_map(words).collect()
        }
        Value::Operation(operation) => [words(&operation.left), words(&operation.right)].concat(),
        _ => Vec::new(),
    }
}

/// Reports the blocks that nothing uses.
pub(super) fn check_used(definitions: &[Definition], used: &[bool], diagnostics: &mut Diagnostics) {
    for (definition, _) in definitions.iter().zip(used).filter(|(_, used)| !**used) {
        let name = &definition.name;
        diagnostics
            .error(name.span(), format!("nothing uses the block `{name}`"))
            .help(format!("write `{name}` behind it as a layer, or remove it"));
    }
}
