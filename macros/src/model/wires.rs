//! Names as wires: which values a layer may read, and that every value is read.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Ident;

use super::{Model, Source};
use crate::{diag::Diagnostics, layer::Wire, shape::Shape, similar, syntax::Origin};

/// A value that layers can read.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) source: Source,
    pub(super) shape: Shape,
}

impl Value {
    /// That of a layer that is not understood.
    pub(super) fn unknown() -> Self {
        Self { source: Source::Input, shape: Shape::unknown() }
    }
}

/// The names that stand for values.
pub(super) struct Scope {
    known: BTreeMap<String, Value>,
    /// All names of the declaration, in whatever place.
    all: BTreeSet<String>,
    /// The names outside of the `repeat` that is read, and those within one, with its name.
    outside: BTreeSet<String>,
    within: BTreeMap<String, String>,
    /// Whether there are layers of which it is not known what they read.
    gaps: bool,
}

impl Scope {
    pub(super) fn new(all: impl Iterator<Item = String>) -> Self {
        Self {
            known: BTreeMap::new(),
            all: all.collect(),
            outside: BTreeSet::new(),
            within: BTreeMap::new(),
            gaps: false,
        }
    }

    pub(super) fn has_gaps(&self) -> bool {
        self.gaps
    }

    pub(super) fn add(&mut self, name: &str, value: &Value) {
        self.known.insert(name.to_owned(), value.clone());
    }

    /// Enters a `repeat`, whose layers read nothing outside; yields what is known outside.
    pub(super) fn enter(&mut self) -> BTreeMap<String, Value> {
        self.outside.extend(self.known.keys().cloned());
        std::mem::take(&mut self.known)
    }

    /// Leaves it: what is within has a value for every turn, and is not read outside.
    pub(super) fn leave(&mut self, outside: BTreeMap<String, Value>, repeat: &str) {
        let within = std::mem::replace(&mut self.known, outside);
        self.within.extend(within.into_keys().map(|name| (name, repeat.to_owned())));
        let known = &self.known;
        self.outside.retain(|name| !known.contains_key(name));
    }

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        self.known.get(name).cloned()
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.known.keys().map(String::as_str).collect()
    }

    /// Adds the name of a layer that is not understood.
    pub(super) fn lose(&mut self, name: &str) {
        self.gaps = true;
        self.add(name, &Value::unknown());
    }

    /// The names that a layer reads: of those that several layers have, where blocks are used, that of
    /// the nearest use around it.
    pub(super) fn seen(&self, names: &[Ident], origin: Option<&Origin>) -> Vec<Ident> {
        let full = |name: &Ident| {
            let mut uses = origin.into_iter().flat_map(|origin| origin.within.outwards());
            let full = uses.find_map(|within| self.all.get(&format!("{}{name}", within.prefix)));
            let full = full.and_then(|full| syn::parse_str::<Ident>(full).ok());
            // One that begins with `r#` cannot be made of its words.
            let mut full = full.unwrap_or_else(|| name.clone());
            full.set_span(name.span());
            full
        };
        names.iter().map(full).collect()
    }

    /// The values that a layer names; of wrong names that are reported the shape is unknown.
    pub(super) fn wires(
        &mut self,
        names: &[Ident],
        reader: &str,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Wire> {
        let wires = names.iter().map(|name| {
            let word = name.to_string();
            let value = self.known.get(&word).cloned().unwrap_or_else(|| {
                self.report(name, reader, diagnostics);
                Value::unknown()
            });
            let words = if word == "input" { "the input".to_owned() } else { format!("`{word}`") };
            let Value { source, shape } = value;
            Wire { span: name.span(), words, implied: false, source, shape }
        });
        wires.collect::<Vec<_>>()
    }

    fn report(&mut self, name: &Ident, reader: &str, diagnostics: &mut Diagnostics) {
        self.gaps = true;
        let word = name.to_string();
        if word == reader {
            diagnostics
                .error(name.span(), format!("`{reader}` cannot read its own value"))
                .expected("the name of an earlier layer");
            return;
        }
        if let Some(message) = self.elsewhere(&word) {
            diagnostics
                .error(name.span(), message)
                .expected("the name of an earlier layer on the same side of the `repeat`");
            return;
        }
        if self.all.contains(&word) {
            let message = format!("`{word}` is not computed yet where `{reader}` reads it");
            diagnostics
                .error(name.span(), message)
                .expected("the name of an earlier layer")
                .help(format!("move `{reader}` behind `{word}`"));
            return;
        }
        let known = self.known.keys().map(String::as_str);
        let meant = similar::nearest(&word, known.clone());
        let error = diagnostics.error(name.span(), format!("there is no layer called `{word}`"));
        match meant {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error
                .expected(format!("one of {}", known.collect::<Vec<_>>().join(", ")))
                .help(format!("name the layer in question: `{word}: dense(10)`")),
        };
    }
}

impl Scope {
    /// Why a name that exists cannot be read here.
    fn elsewhere(&self, word: &str) -> Option<String> {
        if self.outside.contains(word) {
            return Some(format!("`{word}` is outside of this `repeat`"));
        }
        let repeat = self.within.get(word)?;
        Some(format!("`{word}` is within `{repeat}` and has a value for every turn"))
    }
}

/// Every value is read by a layer or is the output.
pub(super) fn check_used(model: &Model, diagnostics: &mut Diagnostics) {
    let mut used: BTreeSet<Source> = model.nodes.iter().flat_map(|n| n.inputs.clone()).collect();
    used.extend(model.nodes.iter().filter_map(|node| node.body.as_ref()).map(|body| body.end));
    used.extend(model.ends.iter().map(|end| end.source));
    for (index, node) in model.nodes.iter().enumerate() {
        if !used.contains(&Source::Node(index)) {
            let name = &node.name;
            diagnostics.within(node.origin.as_ref());
            diagnostics
                .error(node.span, format!("nothing reads the value of `{name}`"))
                .help(format!(
                    "combine it with a later value, such as by `add({name})`, or remove it"
                ))
                .with_table();
        }
    }
}
