//! The arguments of a use, by parameter.

use std::collections::BTreeMap;

use crate::{
    diag::Diagnostics,
    similar,
    syntax::{Arg, Call, Definition, Parameter, Value},
};

/// The value of every parameter, by default one that the parameters before it may be part of; one that
/// is missing is reported and wrong from then on.
pub(super) fn bind(
    definition: &Definition,
    call: &Call,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    let before = diagnostics.len();
    for (index, arg) in call.args.iter().enumerate() {
        if let Some(parameter) = parameter(definition, index, arg, diagnostics) {
            let name = parameter.name.to_string();
            let (span, twice) = (arg.value.span(), values.contains_key(&name));
            if twice {
                diagnostics
                    .error(span, format!("`{name}` of `{}` is given twice", call.keyword))
                    .help("remove one of the two");
            }
            values.insert(name, if twice { Value::Wrong(span) } else { arg.value.clone() });
        }
    }
    let misread = diagnostics.len() > before;
    for parameter in &definition.parameters {
        let name = parameter.name.to_string();
        if !values.contains_key(&name) {
            let mut value = missing(parameter, call, misread, diagnostics);
            super::place(&mut value, &values);
            values.insert(name, value);
        }
    }
    values
}

/// The parameter that an argument is for; reported where there is none.
fn parameter<'d>(
    definition: &'d Definition,
    index: usize,
    arg: &Arg,
    diagnostics: &mut Diagnostics,
) -> Option<&'d Parameter> {
    let (block, parameters) = (&definition.name, &definition.parameters);
    let names: Vec<_> = parameters.iter().map(|parameter| parameter.name.to_string()).collect();
    let found = match &arg.key {
        Some(key) => parameters.iter().find(|parameter| parameter.name == *key),
        None => parameters.get(index),
    };
    if found.is_none() {
        let (span, message) = match &arg.key {
            Some(key) => (key.span(), format!("the block `{block}` has no parameter `{key}`")),
            None => (arg.value.span(), format!("`{block}` has all its arguments already")),
        };
        let key = arg.key.as_ref().map(ToString::to_string).unwrap_or_default();
        let error = diagnostics.error(span, message);
        match similar::nearest(&key, names.iter().map(String::as_str)) {
            Some(meant) if arg.key.is_some() => error.help(format!("did you mean `{meant}`?")),
            _ if names.is_empty() => error.help("remove it: the block takes no arguments"),
            _ => error.expected(format!("`{}`", names.join("`, `"))),
        };
    }
    found
}

/// The default, or what is reported where there is none.
fn missing(
    parameter: &Parameter,
    call: &Call,
    misread: bool,
    diagnostics: &mut Diagnostics,
) -> Value {
    let (block, name) = (&call.keyword, &parameter.name);
    if let Some(default) = &parameter.default {
        return default.clone();
    }
    if !misread {
        diagnostics
            .error(block.span(), format!("`{block}` needs its argument `{name}`"))
            .help(format!("write `{block}({name} = ..)`"));
    }
    Value::Wrong(block.span())
}
