//! The arguments of a layer, read by name.
//!
//! Readers report what is wrong themselves. Where an argument is missing or wrong they yield the
//! default, or for a dimension the unknown one, so that the rest of the layer is still checked; they
//! yield `None` only where nothing can stand for it.

mod init;
mod keys;
mod read;
mod regularisation;
mod wires;

use proc_macro2::{Ident, Span};

use super::{Call, Spanned, Value};
use crate::{
    diag::{Diagnostic, Diagnostics},
    layer::Kind,
};

/// The arguments of one layer while its `parse` reads them.
pub(crate) struct Args<'a> {
    kind: &'static Kind,
    keyword: &'a Ident,
    given: Vec<Given>,
    /// Whether the argument taken last was only guessed to be the one of this key.
    guessed: bool,
    diagnostics: &'a mut Diagnostics,
}

struct Given {
    key: &'static str,
    span: Span,
    value: Value,
    /// Whether its key was wrong or missing, which is reported: of its value nothing more is said.
    guessed: bool,
    read: bool,
}

/// The zeros around an image or a sequence: `valid` (none), `same` (as many as keep the size at
/// stride 1), `causal` (the same number, all of them before), or a number of them above and below,
/// left and right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Padding {
    Valid,
    Same,
    Causal,
    Number([Spanned<usize>; 2]),
}

impl<'a> Args<'a> {
    /// Sorts the arguments by key; reports those that the layer does not have.
    pub(crate) fn new(
        kind: &'static Kind,
        call: &'a Call,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        let given = keys::resolve(kind, call, diagnostics);
        Self { kind, keyword: &call.keyword, given, guessed: false, diagnostics }
    }

    /// The keyword of the layer, where what is missing is reported.
    pub(crate) fn keyword_span(&self) -> Span {
        self.keyword.span()
    }

    /// Reports a mistake that no reader knows of, such as two arguments that exclude each other.
    pub(crate) fn error(&mut self, span: Span, message: impl std::fmt::Display) -> &mut Diagnostic {
        self.diagnostics.error(span, message)
    }

    /// Reports the arguments that were given and never read: here they have no meaning.
    pub(crate) fn finish(self) {
        for given in self.given.iter().filter(|given| !given.read) {
            let (keyword, key) = (self.kind.keyword, given.key);
            self.diagnostics
                .error(given.span, format!("`{key}` means nothing to this `{keyword}`"))
                .found(format!("{key} = {}", given.value))
                .help(format!("remove `{key}`"));
        }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        debug_assert!(self.kind.args.contains(&key), "{} has no {key}", self.kind.keyword);
        let given = self.given.iter_mut().find(|given| given.key == key)?;
        given.read = true;
        self.guessed = given.guessed;
        Some(given.value.clone())
    }

    fn missing(&mut self, key: &str, expected: &str, example: &str) {
        let (keyword, help) = (self.kind.keyword, self.written(key, example));
        self.error(self.keyword_span(), format!("`{keyword}` needs its argument `{key}`"))
            .expected(expected)
            .help(help);
    }

    /// Reports a value that is not of the type.
    fn wrong(&mut self, key: &str, value: &Value, expected: &str, example: &str) {
        if self.is_reported(value) {
            return;
        }
        let written = self.written(key, example);
        let help = match value {
            Value::Word(word, _) if is_constant(word) => format!(
                "{written}, or declare `<const {word}: usize = {example}>` behind the name of the network"
            ),
            _ => written,
        };
        let message = format!("this is no value for `{key}` of `{}`", self.kind.keyword);
        self.error(value.span(), message).found(value).expected(expected).help(help);
    }

    /// Reports a number that is too small or too large.
    fn out_of_range(&mut self, key: &str, value: &Value, expected: &str) {
        if !self.is_reported(value) {
            let message = format!("`{key}` of `{}` is out of range", self.kind.keyword);
            self.error(value.span(), message).found(value).expected(expected);
        }
    }

    fn is_reported(&self, value: &Value) -> bool {
        self.guessed || matches!(value, Value::Wrong(_))
    }

    fn written(&self, key: &str, example: &str) -> String {
        match self.kind.args.first() {
            Some(first) if *first == key => format!("write `{}({example})`", self.kind.keyword),
            _ => format!("write `{key} = {example}`"),
        }
    }
}

/// Whether a word is written as Rust writes constants.
fn is_constant(word: &Ident) -> bool {
    word.to_string().starts_with(|first: char| first.is_uppercase())
}
