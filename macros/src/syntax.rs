//! What the user wrote, with every token kept: types only.

pub(crate) mod args;
pub(crate) mod parse;
mod value;

use proc_macro2::{Ident, Span};

use crate::shape::Shape;

/// A value and the token it was read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The element type of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarType {
    F32,
    F64,
}

/// A whole declaration.
pub(crate) struct Spec {
    /// Attributes that go onto the struct: documentation, `#[allow]`, `#[cfg]`.
    pub(crate) attrs: Vec<syn::Attribute>,
    pub(crate) vis: syn::Visibility,
    pub(crate) name: Ident,
    pub(crate) scalar: ScalarType,
    /// The path of the facade crate: `::monograd` unless `#[monograd(crate = path)]` says otherwise.
    pub(crate) krate: syn::Path,
    /// The input; of several all values one after the other.
    pub(crate) input: Spanned<Shape>,
    /// The inputs where they have names.
    pub(crate) inputs: Vec<Port>,
    /// The output, likewise.
    pub(crate) output: Spanned<Shape>,
    pub(crate) outputs: Vec<Port>,
    /// Empty only where the parser has reported it.
    pub(crate) calls: Vec<Call>,
}

/// One of several inputs or outputs.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) name: Ident,
    pub(crate) shape: Spanned<Shape>,
}

/// One layer as written: `name: keyword(args)`.
#[derive(Debug)]
pub(crate) struct Call {
    /// The `freeze` token of `#[freeze]`.
    pub(crate) freeze: Option<Span>,
    pub(crate) name: Option<Ident>,
    pub(crate) keyword: Ident,
    pub(crate) args: Vec<Arg>,
    /// The layers of `shortcut = { .. }`.
    pub(crate) shortcut: Option<Body>,
    /// What stands in braces behind it.
    pub(crate) block: Option<Block>,
    /// Whether the parser has reported it: its meaning is unknown and nothing more is said of it.
    pub(crate) broken: bool,
}

/// Layers in braces.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) calls: Vec<Call>,
    /// The opening brace.
    pub(crate) span: Span,
}

/// The braces of a block: one body, or the branches of `parallel`.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) bodies: Vec<Body>,
    /// The opening brace.
    pub(crate) span: Span,
}

impl Call {
    /// The layers within, of the shortcut first.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &Body> {
        self.shortcut.iter().chain(self.block.iter().flat_map(|block| &block.bodies))
    }
}

/// All layers in reading order, a block before what it holds.
pub(crate) fn flat(calls: &[Call]) -> Vec<&Call> {
    let mut all = Vec::new();
    for call in calls {
        all.push(call);
        call.bodies().for_each(|body| all.extend(flat(&body.calls)));
    }
    all
}

/// One argument: `value` or `key = value`.
#[derive(Debug)]
pub(crate) struct Arg {
    pub(crate) key: Option<Ident>,
    pub(crate) value: Value,
}

/// The value of an argument.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A number, with what a leading minus made of it; integers keep their exact value.
    Int(Spanned<i128>),
    Float(Spanned<f64>),
    Bool(Spanned<bool>),
    /// A word: `same`, `valid`, `he_normal`, and with an argument `constant(0.5)`.
    Word(Ident, Vec<Value>),
    /// `(3, 5)`.
    Tuple(Vec<Value>, Span),
    /// `[7, 7, 64]`.
    List(Vec<Value>, Span),
    /// What the parser has reported: it agrees with everything and is never reported again.
    Wrong(Span),
}
