//! What the user wrote, with every token kept: types only.

pub(crate) mod args;
mod arithmetic;
pub(crate) mod constants;
mod expand;
mod origin;
pub(crate) mod parse;
mod value;

use proc_macro2::{Ident, Span, TokenStream};

use crate::shape::Shape;

pub(crate) use arithmetic::Operation;
pub(crate) use expand::automatic;
pub(crate) use origin::{Origin, Use};

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
    /// Whether it yields the gradient of its input, to be a layer behind others that are trained.
    pub(crate) part: bool,
    /// The input; of several all values one after the other.
    pub(crate) input: Spanned<Shape>,
    /// The inputs where they have names.
    pub(crate) inputs: Vec<Port>,
    /// The output, likewise.
    pub(crate) output: Spanned<Shape>,
    pub(crate) outputs: Vec<Port>,
    /// The layers, those of used blocks included; empty only where the parser has reported it.
    pub(crate) calls: Vec<Call>,
    /// The word of every layer as it is written, those of blocks included.
    pub(crate) keywords: Vec<Ident>,
    /// The names of its blocks.
    pub(crate) blocks: Vec<Ident>,
}

/// One of several inputs or outputs.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) name: Ident,
    pub(crate) shape: Spanned<Shape>,
}

/// One layer as written: `name: keyword(args)`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The `freeze` token of `#[freeze]`.
    pub(crate) freeze: Option<Span>,
    pub(crate) name: Option<Ident>,
    pub(crate) keyword: Ident,
    pub(crate) args: Vec<Arg>,
    /// The network that is this layer.
    pub(crate) network: Option<InnerNetwork>,
    /// The layers of `shortcut = { .. }`.
    pub(crate) shortcut: Option<Body>,
    /// What stands in braces behind it.
    pub(crate) block: Option<Block>,
    /// Whether the parser has reported it: its meaning is unknown and nothing more is said of it.
    pub(crate) broken: bool,
    /// Whether it is the use of a block, whose layers it holds.
    pub(crate) expanded: bool,
    /// The use of a block that it comes from.
    pub(crate) origin: Option<Origin>,
}

/// Another network as a layer: `path::Backbone -> [7, 7, 64]`, or a layer of the user's own,
/// `layer(Swish) -> [8]`, which is a network of that one layer.
#[derive(Clone, Debug)]
pub(crate) struct InnerNetwork {
    pub(crate) path: TokenStream,
    /// Whether the path is that of a layer.
    pub(crate) custom: bool,
    /// The path as it is written.
    pub(crate) words: String,
    pub(crate) span: Span,
    /// What it is said to yield.
    pub(crate) output: Spanned<Shape>,
}

/// `block name(parameter, parameter = value) { .. }`: layers to be used under a name.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) name: Ident,
    pub(crate) parameters: Vec<Parameter>,
    /// Empty only where the parser has reported it.
    pub(crate) calls: Vec<Call>,
    /// The number of the network's layers before it: it is known to those behind it.
    pub(crate) after: usize,
}

/// One parameter of a block.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) default: Option<Value>,
}

/// Layers in braces.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) calls: Vec<Call>,
    /// The opening brace.
    pub(crate) span: Span,
}

/// The braces of a block: one body, or the branches of `parallel`.
#[derive(Clone, Debug)]
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

    pub(crate) fn bodies_mut(&mut self) -> impl Iterator<Item = &mut Body> {
        self.shortcut.iter_mut().chain(self.block.iter_mut().flat_map(|block| &mut block.bodies))
    }

    /// A name with that of the use before it, where the layer comes from a block.
    pub(crate) fn full_name(&self, name: &str) -> String {
        format!("{}{name}", self.origin.as_ref().map_or("", |origin| &origin.within.prefix))
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
#[derive(Clone, Debug)]
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
    /// `4 * width`: numbers stand in its place once parameters are known.
    Operation(Box<Operation>),
    /// What the parser has reported: it agrees with everything and is never reported again.
    Wrong(Span),
}
