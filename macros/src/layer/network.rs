//! Another declared network as a layer. It has no word of its own: its type stands in its place. A layer
//! of the user's own, `layer(Swish)`, is a network of that one layer.

use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::{Check, Kind, Layer, Pace, Param};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{InnerNetwork, Spanned, args::Args},
};

pub(crate) const NETWORK: Kind = Kind {
    keyword: "network",
    doc: "",
    args: &[],
    examples: &[],
    init_before: None,
    parse: |_| None,
};

pub(crate) const CUSTOM: Kind = Kind { keyword: "layer", args: &["type", "causal"], ..NETWORK };

/// What can be done about a layer of the user's own that takes a sequence.
const OWN: &str = "implement `monograd::custom::CausalLayer` for it and write `causal = true` behind \
                   its type, or write it behind `last` or another layer that ends the sequence";

/// Whether it goes over sequences step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stepping {
    /// A network: its own declaration knows.
    AsDeclared,
    /// A layer of the user's own with `causal = true`.
    AsStated,
    /// Any other layer of the user's own.
    Never,
}

/// A network under the name of a layer. What only its declaration knows stands here as symbols.
#[derive(Debug)]
pub(crate) struct Inner {
    /// The name of the layer.
    pub(crate) name: String,
    pub(crate) stepping: Stepping,
    /// The type as it is written.
    pub(crate) path: TokenStream,
    pub(crate) words: String,
    pub(crate) span: Span,
    pub(crate) output: Spanned<Shape>,
}

impl PartialEq for Inner {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Inner {
    /// A size that its declaration knows: `BODY_TRAINED`.
    pub(crate) fn symbol(&self, what: &str) -> Dim {
        Dim::Symbol(format!("{}_{what}", self.name.to_uppercase()))
    }
}

#[derive(Debug)]
struct Network(Rc<Inner>);

/// The layer of a network, under its name.
pub(crate) fn layer(inner: &InnerNetwork, args: &mut Args<'_>, name: &str) -> Box<dyn Layer> {
    let InnerNetwork { path, custom, words, span, output } = inner.clone();
    let at = span.resolved_at(Span::call_site());
    let path = if custom { quote_spanned!(at=> __k::custom::Custom<#path>) } else { path };
    let stepping = if custom { stepping(args) } else { Stepping::AsDeclared };
    let name = name.to_owned();
    Box::new(Network(Rc::new(Inner { name, stepping, path, words, span, output })))
}

/// Of a layer of the user's own, whose type is known already.
fn stepping(args: &mut Args<'_>) -> Stepping {
    args.skip("type");
    match args.flag_or("causal", false) {
        Some(Spanned { value: true, .. }) => Stepping::AsStated,
        _ => Stepping::Never,
    }
}

impl Layer for Network {
    fn output(&self, _input: &Shape, _check: &mut Check<'_>) -> Shape {
        self.0.output.value.clone()
    }

    /// Its two ranges; the tables have the parameters within.
    fn params(&self, _input: &Shape) -> Vec<Param> {
        let range = |name, size, trained| Param {
            name,
            shape: Shape::flat(self.0.symbol(size)),
            init: None,
            fan_in: Dim::ZERO,
            fan_out: Dim::ZERO,
            trained,
            decays: trained,
        };
        vec![range("trained", "TRAINED", true), range("state", "STATE", false)]
    }

    fn macs(&self, _input: &Shape, _output: &Shape) -> Dim {
        self.0.symbol("MACS")
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn network(&self) -> Option<&Rc<Inner>> {
        Some(&self.0)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        cx.network(&self.0)
    }

    /// Only its own declaration knows whether it has a `step`.
    fn pace(&self, input: &Shape) -> Pace {
        let output = &self.0.output.value;
        let is_sequence = output.rank() >= 2 && output.dims().first() == input.dims().first();
        match input.rank() {
            _ if self.0.stepping == Stepping::Never => Pace::Whole(OWN),
            1 => Pace::Indices,
            _ if is_sequence => Pace::Steps,
            _ => Pace::SoFar,
        }
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        cx.network_step(&self.0)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        cx.network_grad(&self.0, dy)
    }
}
