//! Layers: the nouns of the language, one file each.
//!
//! A layer file holds everything the compiler knows of its layer: documentation, arguments, shape
//! rule, parameters, forward and backward. [`LAYERS`] is the only list of them; parser, reference,
//! gradient checks and laws iterate it.

mod adaptive;
pub(crate) mod adaptive_avg_pool2d;
pub(crate) mod adaptive_max_pool2d;
pub(crate) mod add;
pub(crate) mod attention;
pub(crate) mod average;
pub(crate) mod avg_pool1d;
pub(crate) mod avg_pool2d;
pub(crate) mod batch_norm;
mod borders;
mod combine;
pub(crate) mod concat;
pub(crate) mod conv1d;
pub(crate) mod conv1d_transpose;
pub(crate) mod conv2d;
pub(crate) mod conv2d_transpose;
mod convolution;
pub(crate) mod crop2d;
pub(crate) mod dense;
pub(crate) mod depthwise_conv2d;
mod divisors;
pub(crate) mod dropout;
pub(crate) mod elu;
pub(crate) mod embedding;
pub(crate) mod flatten;
pub(crate) mod from;
mod gated;
pub(crate) mod gaussian_noise;
pub(crate) mod gelu;
pub(crate) mod global_avg_pool1d;
pub(crate) mod global_avg_pool2d;
pub(crate) mod global_max_pool1d;
pub(crate) mod global_max_pool2d;
pub(crate) mod glu;
pub(crate) mod group_norm;
pub(crate) mod gru;
pub(crate) mod hard_sigmoid;
pub(crate) mod hard_swish;
pub(crate) mod hard_tanh;
mod image;
pub(crate) mod instance_norm;
pub(crate) mod last;
#[cfg(test)]
mod laws;
pub(crate) mod layer_norm;
pub(crate) mod leaky_relu;
pub(crate) mod log_softmax;
mod lookup;
pub(crate) mod lstm;
pub(crate) mod max_pool1d;
pub(crate) mod max_pool2d;
pub(crate) mod maximum;
pub(crate) mod mean_over_time;
pub(crate) mod mish;
pub(crate) mod multiply;
pub(crate) mod network;
mod normalization;
pub(crate) mod pad2d;
pub(crate) mod parallel;
mod param;
pub(crate) mod permute;
mod pointwise;
mod pooling;
pub(crate) mod position_embedding;
pub(crate) mod prelu;
mod recurrent;
pub(crate) mod relu;
pub(crate) mod relu6;
pub(crate) mod repeat;
pub(crate) mod reshape;
pub(crate) mod residual;
pub(crate) mod rms_norm;
pub(crate) mod rnn;
pub(crate) mod selu;
pub(crate) mod separable_conv2d;
mod sequence;
pub(crate) mod sigmoid;
pub(crate) mod silu;
pub(crate) mod slice;
pub(crate) mod softmax;
pub(crate) mod softplus;
pub(crate) mod softsign;
pub(crate) mod spatial_dropout2d;
mod spread;
mod strided;
pub(crate) mod subtract;
pub(crate) mod swiglu;
pub(crate) mod tanh;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod transposed;
mod upsample2d;
mod window;

use std::{fmt, ops::Range, rc::Rc};

use proc_macro2::{Ident, Span};

use crate::{
    diag::{Diagnostic, Diagnostics},
    model::Source,
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

pub(crate) use lookup::{find, keywords, similar};
pub(crate) use param::{Init, Param, Regularisation};

/// Every kind of layer, sorted by keyword.
pub(crate) const LAYERS: &[&Kind] = &[
    &adaptive_avg_pool2d::KIND,
    &adaptive_max_pool2d::KIND,
    &add::KIND,
    &attention::KIND,
    &average::KIND,
    &avg_pool1d::KIND,
    &avg_pool2d::KIND,
    &batch_norm::KIND,
    &concat::KIND,
    &conv1d::KIND,
    &conv1d_transpose::KIND,
    &conv2d::KIND,
    &conv2d_transpose::KIND,
    &crop2d::KIND,
    &dense::KIND,
    &depthwise_conv2d::KIND,
    &dropout::KIND,
    &elu::KIND,
    &embedding::KIND,
    &flatten::KIND,
    &from::KIND,
    &gaussian_noise::KIND,
    &gelu::KIND,
    &global_avg_pool1d::KIND,
    &global_avg_pool2d::KIND,
    &global_max_pool1d::KIND,
    &global_max_pool2d::KIND,
    &glu::KIND,
    &group_norm::KIND,
    &gru::KIND,
    &hard_sigmoid::KIND,
    &hard_swish::KIND,
    &hard_tanh::KIND,
    &instance_norm::KIND,
    &last::KIND,
    &layer_norm::KIND,
    &leaky_relu::KIND,
    &log_softmax::KIND,
    &lstm::KIND,
    &max_pool1d::KIND,
    &max_pool2d::KIND,
    &maximum::KIND,
    &mean_over_time::KIND,
    &mish::KIND,
    &multiply::KIND,
    &pad2d::KIND,
    &parallel::KIND,
    &permute::KIND,
    &position_embedding::KIND,
    &prelu::KIND,
    &relu::KIND,
    &relu6::KIND,
    &repeat::KIND,
    &reshape::KIND,
    &residual::KIND,
    &rms_norm::KIND,
    &rnn::KIND,
    &selu::KIND,
    &separable_conv2d::KIND,
    &sigmoid::KIND,
    &silu::KIND,
    &slice::KIND,
    &softmax::KIND,
    &softplus::KIND,
    &softsign::KIND,
    &spatial_dropout2d::KIND,
    &subtract::KIND,
    &swiglu::KIND,
    &tanh::KIND,
    &upsample2d::KIND,
];

/// A kind of layer: a keyword and what it means.
pub(crate) struct Kind {
    /// The word in the language, also the first half of automatic names.
    pub(crate) keyword: &'static str,
    /// Markdown: equation, shapes, paper; a list of the arguments, with defaults; the parameters.
    #[cfg_attr(not(test), expect(dead_code, reason = "a test writes the reference from it"))]
    pub(crate) doc: &'static str,
    /// The argument names in order; the first may be given by position.
    pub(crate) args: &'static [&'static str],
    /// Small networks that use the layer, as they stand in a declaration: `[4] -> [3] { dense(3) }`.
    /// The first is shown in the reference, all are checked by finite differences.
    #[cfg_attr(not(any(test, feature = "testing")), expect(dead_code, reason = "for tests"))]
    pub(crate) examples: &'static [&'static str],
    /// How weights just before this layer are initialised unless they say otherwise.
    pub(crate) init_before: Option<Init>,
    /// Reads the arguments; reports what is wrong with them and then yields `None`.
    pub(crate) parse: fn(&mut Args<'_>) -> Option<Box<dyn Layer>>,
}

/// What the end of a network is to losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    Softmax,
    LogSoftmax,
    Sigmoid,
    Plain,
    /// One of the others where losses do not see it: in the turns of a `repeat`, or where another layer
    /// reads its value too.
    Hidden(&'static Head),
}

impl Head {
    pub(crate) fn hidden(self) -> Self {
        match self {
            Self::Softmax => Self::Hidden(&Self::Softmax),
            Self::LogSoftmax => Self::Hidden(&Self::LogSoftmax),
            Self::Sigmoid => Self::Hidden(&Self::Sigmoid),
            Self::Plain | Self::Hidden(_) => self,
        }
    }
}

/// How a layer goes over a sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Step by step: a step of `[time, features]` needs no later one, and gives one.
    Steps,
    /// Step by step, from indices `[time]`.
    Indices,
    /// Step by step, to what the whole sequence so far gives: behind it there is no time.
    SoFar,
    /// It needs the whole sequence; what can be written instead.
    Whole(&'static str),
}

/// What can be written instead of most layers that need the whole sequence.
const STEPWISE: &str = "`last` and `mean_over_time` end a sequence step by step, and `conv1d(.., padding = causal)` sees no later step";

/// One layer as written in a network, its arguments read.
pub(crate) trait Layer: fmt::Debug {
    /// The shape rule: the output for `input`. What does not fit is reported, on the smallest wrong
    /// token (`check.keyword` is the layer's own), and the result is then the likeliest meaning, with
    /// `Dim::Unknown` for what cannot be known.
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape;

    /// The parameters for a checked input, in the order of views and files.
    fn params(&self, _input: &Shape) -> Vec<Param> {
        Vec::new()
    }

    /// The axes of a weight that number the units which it enters: the last one, unless a layer says
    /// otherwise.
    fn units(&self, weight: &Param) -> Range<usize> {
        weight.shape.rank() - 1..weight.shape.rank()
    }

    /// Multiply-accumulates of one forward pass of one sample.
    fn macs(&self, _input: &Shape, _output: &Shape) -> Dim {
        Dim::ZERO
    }

    /// Whether the output's values differ from the input's; not so for `flatten` and `reshape`.
    fn changes_values(&self) -> bool {
        true
    }

    /// What this layer is to losses where it is the last that changes values.
    fn head(&self) -> Head {
        Head::Plain
    }

    /// The earlier values that it reads besides the current one, by name.
    fn wires(&self) -> &[Ident] {
        &[]
    }

    /// Whether it reads the current value; if not, the first wire is its input.
    fn reads_current(&self) -> bool {
        true
    }

    /// The network that is this layer.
    fn network(&self) -> Option<&Rc<network::Inner>> {
        None
    }

    /// The arguments in canonical words, defaults included: `32, kernel = (3, 3), padding = valid`.
    /// Part of the architecture that weight files are checked against; initialisers are not, since
    /// trained weights do not depend on them.
    fn canonical(&self) -> String;

    /// A remark for the table, such as the pixels that a stride drops.
    fn note(&self, _input: &Shape) -> String {
        String::new()
    }

    /// Appends the forward steps; `cx.x()` is the input. Yields the output.
    fn forward(&self, cx: &mut Lower<'_>) -> Buf;

    /// How it goes over a sequence that is `input`.
    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Whole(STEPWISE)
    }

    /// Appends the steps of one time step, where the layer goes over a sequence step by step:
    /// `cx.x()` is `[1, features]`, and what stays until the next time step lies in `cx.new_kept`.
    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        self.forward(cx)
    }

    /// Appends the backward steps; `cx.x()` and `cx.y()` are the forward pass's. Yields `dx`; the
    /// gradients of wires are handed to `cx.send`.
    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf;
}

/// Where a shape rule reports.
pub(crate) struct Check<'a> {
    /// The layer's keyword token.
    pub(crate) keyword: Span,
    /// The input in words, where the layer reads several values.
    pub(crate) first: &'static str,
    /// The values that the layer reads besides its input.
    pub(crate) wires: &'a [Wire],
    pub(crate) diagnostics: &'a mut Diagnostics,
}

/// An earlier value that a layer reads besides its input.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    /// Its name as the layer has it, or the keyword of the block whose end it is.
    pub(crate) span: Span,
    /// In words: `` `stem` ``, `branch 2`.
    pub(crate) words: String,
    /// Whether it is the input of a `residual`, which a shortcut could change.
    pub(crate) implied: bool,
    pub(crate) source: Source,
    pub(crate) shape: Shape,
}

impl Check<'_> {
    /// Reports a shape that does not fit, with the shapes so far beneath it.
    pub(crate) fn error(&mut self, span: Span, message: impl fmt::Display) -> &mut Diagnostic {
        self.diagnostics.error(span, message).with_table()
    }
}
