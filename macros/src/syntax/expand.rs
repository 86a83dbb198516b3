//! Used blocks become their layers, with arguments in the place of parameters.
//!
//! A block is known to the layers behind it and to the blocks behind it, so none uses itself.

mod arguments;
mod definitions;

use std::{collections::BTreeMap, rc::Rc};

use proc_macro2::Ident;

use super::{Arg, Block, Body, Call, Definition, Origin, Use, Value, arithmetic, flat};
use crate::{diag::Diagnostics, layer};

/// The most layers that used blocks may become.
const MOST_LAYERS: usize = 10_000;

/// Puts the layers of blocks where they are used; reports what is wrong about blocks themselves.
pub(super) fn expand(
    definitions: &[Definition],
    calls: &mut [Call],
    diagnostics: &mut Diagnostics,
) {
    let used = definitions::check(definitions, diagnostics);
    let mut expander =
        Expander { definitions, used, ordinals: BTreeMap::new(), layers: 0, diagnostics };
    for (index, call) in calls.iter_mut().enumerate() {
        let known = definitions.iter().filter(|definition| definition.after <= index).count();
        expander.call(call, known, None);
    }
    let used = expander.used;
    diagnostics.within(None);
    definitions::check_used(definitions, &used, diagnostics);
}

struct Expander<'a> {
    definitions: &'a [Definition],
    /// Whether each is used, or reported as wrong.
    used: Vec<bool>,
    /// How often a block is used, by what stands before the names there and its own.
    ordinals: BTreeMap<(String, String), usize>,
    /// That came of blocks so far.
    layers: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Expander<'_> {
    /// A layer and those within, which know the first blocks only.
    fn call(&mut self, call: &mut Call, known: usize, within: Option<&Rc<Use>>) {
        self.diagnostics.within(call.origin.as_ref());
        call.args.iter_mut().for_each(|arg| arithmetic::fold(&mut arg.value, self.diagnostics));
        let named = self.definitions.iter().position(|block| block.name == call.keyword);
        let is_layer = call.broken || call.network.is_some();
        let layer = is_layer || layer::find(&call.keyword.to_string()).is_some();
        match named.filter(|_| !layer) {
            Some(block) => self.use_block(call, block, known, within),
            None => {
                let bodies = call.bodies_mut().flat_map(|body| &mut body.calls);
                bodies.for_each(|inner| self.call(inner, known, within));
            }
        }
    }

    fn use_block(&mut self, call: &mut Call, block: usize, known: usize, within: Option<&Rc<Use>>) {
        let definition = &self.definitions[block];
        self.used[block] = true;
        self.layers += flat(&definition.calls).len();
        call.broken = !self.is_known(call, block, known) || self.is_too_much(call);
        if call.broken {
            return;
        }
        self.no_braces(call);
        let values = arguments::bind(definition, call, self.diagnostics);
        let within = Rc::new(self.entered(call, within));
        let layers = definition.calls.iter().cloned();
        let mut layers: Vec<_> = layers.map(|layer| placed(layer, &values)).collect();
        settle(&mut layers, &mut 0, &within);
        layers.iter_mut().for_each(|layer| self.call(layer, block, Some(&within)));
        let span = call.keyword.span();
        call.block = Some(Block { bodies: vec![Body { calls: layers, span }], span });
        call.shortcut = None;
        call.expanded = true;
    }

    /// Reports a block that is used before it is declared, or in itself.
    fn is_known(&mut self, call: &Call, block: usize, known: usize) -> bool {
        if block < known {
            return true;
        }
        let keyword = &call.keyword;
        let itself = call
            .origin
            .as_ref()
            .is_some_and(|origin| origin.within.outwards().any(|within| *keyword == within.block));
        let error = if itself {
            self.diagnostics.error(keyword.span(), format!("the block `{keyword}` uses itself"))
        } else {
            let message = format!("the block `{keyword}` is declared behind this use");
            self.diagnostics.error(keyword.span(), message)
        };
        if itself {
            error.help("write `repeat(4) { .. }` for layers that take turns");
        } else {
            error.help("move the block before what uses it");
        }
        false
    }

    fn is_too_much(&mut self, call: &Call) -> bool {
        let too_much = self.layers > MOST_LAYERS;
        if too_much && self.layers < usize::MAX / 2 {
            self.diagnostics
                .error(call.keyword.span(), "the blocks become too many layers")
                .expected(format!("at most {MOST_LAYERS}"))
                .help("write `repeat(4) { .. }` for layers that take turns");
            self.layers = usize::MAX / 2;
        }
        too_much
    }

    fn no_braces(&mut self, call: &Call) {
        let keyword = &call.keyword;
        let bodies = call.shortcut.as_ref().map(|body| body.span);
        if let Some(span) = call.block.as_ref().map(|block| block.span).or(bodies) {
            self.diagnostics
                .error(span, format!("the block `{keyword}` has its layers already"))
                .help(format!("remove the braces, or write a comma after `{keyword}`"));
        }
    }

    /// The use, under its name.
    fn entered(&mut self, call: &Call, outer: Option<&Rc<Use>>) -> Use {
        let block = call.keyword.to_string();
        let key = (call.full_name(""), block.clone());
        let ordinal = self.ordinals.entry(key).and_modify(|ordinal| *ordinal += 1).or_insert(1);
        let name = call.name.as_ref().map_or_else(|| automatic(&block, *ordinal), Ident::to_string);
        let words = format!("{block}{}", written(&call.args));
        let prefix = format!("{}_", call.full_name(&name));
        Use { block, words, prefix, outer: outer.cloned() }
    }
}

/// The name of what has none: `dense2`, and `relu6_2` for words that end in a digit, so that no two
/// are alike.
pub(crate) fn automatic(keyword: &str, ordinal: usize) -> String {
    let digit = keyword.ends_with(|last: char| last.is_ascii_digit());
    format!("{keyword}{}{ordinal}", if digit { "_" } else { "" })
}

/// Arguments in parentheses, as they are written.
fn written(args: &[Arg]) -> String {
    let args: Vec<_> = args
        .iter()
        .map(|arg| match &arg.key {
            Some(key) => format!("{key} = {}", arg.value),
            None => arg.value.to_string(),
        })
        .collect();
    if args.is_empty() { String::new() } else { format!("({})", args.join(", ")) }
}

/// A layer with arguments in the place of parameters.
fn placed(mut call: Call, values: &BTreeMap<String, Value>) -> Call {
    call.args.iter_mut().for_each(|arg| place(&mut arg.value, values));
    for body in call.bodies_mut() {
        let calls = std::mem::take(&mut body.calls);
        body.calls = calls.into_iter().map(|inner| placed(inner, values)).collect();
    }
    call
}

/// The value of a parameter stands where its name stood: mistakes are shown there.
fn place(value: &mut Value, values: &BTreeMap<String, Value>) {
    match value {
        Value::Word(word, within) if within.is_empty() => {
            let span = word.span();
            if let Some(given) = values.get(&word.to_string()) {
                *value = given.clone().at(span);
            }
        }
        Value::Word(_, inner) | Value::Tuple(inner, _) | Value::List(inner, _) => {
            inner.iter_mut().for_each(|value| place(value, values));
        }
        Value::Operation(operation) => {
            place(&mut operation.left, values);
            place(&mut operation.right, values);
        }
        _ => {}
    }
}

/// Says of every layer which one of the block it is.
fn settle(calls: &mut [Call], next: &mut usize, within: &Rc<Use>) {
    for call in calls {
        call.origin = Some(Origin { within: Rc::clone(within), place: *next });
        *next += 1;
        call.bodies_mut().for_each(|body| settle(&mut body.calls, next, within));
    }
}
