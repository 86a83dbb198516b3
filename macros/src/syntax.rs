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
    pub(crate) input: Spanned<Shape>,
    pub(crate) output: Spanned<Shape>,
    /// Empty only where the parser has reported it.
    pub(crate) calls: Vec<Call>,
}

/// One layer as written: `name: keyword(args)`.
#[derive(Debug)]
pub(crate) struct Call {
    /// The `freeze` token of `#[freeze]`.
    pub(crate) freeze: Option<Span>,
    pub(crate) name: Option<Ident>,
    pub(crate) keyword: Ident,
    pub(crate) args: Vec<Arg>,
    /// Whether the parser has reported it: its meaning is unknown and nothing more is said of it.
    pub(crate) broken: bool,
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
