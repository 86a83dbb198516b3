//! Layers: the nouns of the language, one file each.
//!
//! A layer file holds everything the compiler knows of its layer: documentation, arguments, shape
//! rule, parameters, forward and backward. [`LAYERS`] is the only list of them; parser, reference,
//! gradient checks and laws iterate it.

mod lookup;

use std::fmt;

use proc_macro2::Span;

use crate::{
    diag::{Diagnostic, Diagnostics},
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

pub(crate) use lookup::{find, keywords, similar};

/// A kind of layer: a keyword and what it means.
pub(crate) struct Kind {
    /// The word in the language, also the first half of automatic names.
    pub(crate) keyword: &'static str,
    /// One paragraph: equation, shapes, paper.
    pub(crate) doc: &'static str,
    /// The argument names in order; the first may be given by position.
    pub(crate) args: &'static [&'static str],
    /// A small network that uses the layer, as it stands in a declaration: `[4] -> [3] { dense(3) }`.
    pub(crate) example: &'static str,
    /// How weights just before this layer are initialised unless they say otherwise.
    pub(crate) init_before: Option<Init>,
    /// Reads the arguments; reports what is wrong with them and then yields `None`.
    pub(crate) parse: fn(&mut Args<'_>) -> Option<Box<dyn Layer>>,
}

/// An initialiser; the runtime has one of the same name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Init {
    Zeros,
    Ones,
    Constant(f64),
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    LecunUniform,
    LecunNormal,
    Orthogonal,
}

/// A parameter that a layer asks for.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    /// `weight`, `bias`, `gamma`, `beta`, `mean`, `var`.
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// `None`: what the layer after it asks for, Glorot uniform if nothing does.
    pub(crate) init: Option<Init>,
    pub(crate) fan_in: Dim,
    pub(crate) fan_out: Dim,
    /// `false` for state: running statistics.
    pub(crate) trained: bool,
    /// Whether weight decay applies.
    pub(crate) decays: bool,
}

/// What the end of a network is to losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Softmax,
    LogSoftmax,
    Sigmoid,
    Plain,
}

/// One layer as written in a network, its arguments read.
pub(crate) trait Layer: fmt::Debug {
    /// The shape rule: the output for `input`. What does not fit is reported, on the smallest wrong
    /// token (`call` is the layer's own), and the result is then the likeliest meaning, with
    /// `Dim::Unknown` for what cannot be known.
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape;

    /// The parameters for a checked input, in the order of views and files.
    fn params(&self, _input: &Shape) -> Vec<Param> {
        Vec::new()
    }

    /// Multiply-accumulates of one forward pass of one sample.
    fn macs(&self, _input: &Shape, _output: &Shape) -> Dim {
        Dim::ZERO
    }

    /// Whether the output's values differ from the input's; not so for `flatten`, `reshape`, `dropout`.
    fn changes_values(&self) -> bool {
        true
    }

    /// What this layer is to losses where it is the last that changes values.
    fn head(&self) -> Head {
        Head::Plain
    }

    /// The arguments in canonical words, defaults included: `32, kernel = (3, 3), padding = valid`.
    /// Part of the architecture that weight files are checked against.
    fn canonical(&self) -> String;

    /// A remark for the table, such as the pixels that a stride drops.
    fn note(&self, _input: &Shape) -> String {
        String::new()
    }

    /// Appends the forward steps; `cx.x()` is the input. Yields the output.
    fn forward(&self, cx: &mut Lower<'_>) -> Buf;

    /// Appends the backward steps; `cx.x()` and `cx.y()` are the forward pass's. Yields `dx`.
    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf;
}

/// Where a shape rule reports.
pub(crate) struct Check<'a> {
    /// The layer's keyword token.
    pub(crate) keyword: Span,
    pub(crate) diagnostics: &'a mut Diagnostics,
}

impl Check<'_> {
    /// Reports a shape that does not fit, with the shapes so far beneath it.
    pub(crate) fn error(&mut self, span: Span, message: impl fmt::Display) -> &mut Diagnostic {
        self.diagnostics.error(span, message).with_table()
    }
}
