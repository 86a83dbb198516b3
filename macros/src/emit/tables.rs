//! The constants of a network: shapes, sizes, tables of layers and parameters.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{dim, float, networks, usize_literal};
use crate::{
    layer::{Init, Param, Regularisation},
    model::{Model, Node},
    plan::{
        Plan, PlanParam,
        packing::{self, Packed, Packing},
    },
    shape::{Dim, Shape},
    syntax::Spec,
};

pub(super) fn consts(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    let input = shape(&spec.input.value);
    let output = shape(&spec.output.value);
    let inputs = ports("INPUTS", model.ports.iter().map(|port| (&*port.name, &port.shape)));
    let outputs = ports("OUTPUTS", model.ends.iter().map(|end| (&*end.name, &end.shape)));
    let parameters = dim(&Dim::sum(model.nodes.iter().map(Node::parameters)));
    let macs = dim(&Dim::sum(model.nodes.iter().map(Node::macs)));
    let layers = model.nodes.iter().map(|node| layer(model, node));
    let params = params(model, plan, &packing::pack(plan));
    let joined = networks::nodes(model).next();
    let allowed = joined.map(|_| quote!(#[allow(long_running_const_eval)]));
    let architecture = networks::architecture(model);
    let (trained, state) = (dim(&plan.trained), dim(&plan.state));
    quote! {
        const INPUT_SHAPE: &'static [usize] = &#input;
        const OUTPUT_SHAPE: &'static [usize] = &#output;
        #inputs
        #outputs
        const PARAMETERS: usize = #parameters;
        const MACS: usize = #macs;
        const LAYERS: &'static [__k::LayerInfo] = &[#(#layers),*];
        #allowed
        const PARAMS: &'static [__k::ParamInfo] = #params;
        #architecture
        const TRAINED: usize = #trained;
        const STATE: usize = #state;
    }
}

/// The constant of several inputs or outputs; for one it is provided.
fn ports<'m>(
    name: &str,
    ports: impl ExactSizeIterator<Item = (&'m str, &'m Shape)>,
) -> Option<TokenStream> {
    let name = Ident::new(name, Span::call_site());
    let several = ports.len() > 1;
    let ports = ports.map(|(name, size)| {
        let size = shape(size);
        quote!((#name, &#size))
    });
    several
        .then(|| quote!(const #name: &'static [(&'static str, &'static [usize])] = &[#(#ports),*];))
}

fn shape(shape: &Shape) -> TokenStream {
    let dims = shape.dims().iter().map(dim);
    quote!([#(#dims),*])
}

fn layer(model: &Model, node: &Node) -> TokenStream {
    let inputs = model.sources(node);
    let (name, kind, note) = (&node.name, node.kind(), &node.note);
    let output = shape(&node.output);
    let parameters = dim(&node.parameters());
    let macs = dim(&node.macs());
    let frozen = node.frozen;
    quote! {
        __k::LayerInfo {
            name: #name,
            kind: #kind,
            inputs: &[#(#inputs),*],
            output: &#output,
            parameters: #parameters,
            macs: #macs,
            frozen: #frozen,
            note: #note,
        }
    }
}

/// The table of parameters; those of networks as layers are in the tables of these.
fn params(model: &Model, plan: &Plan, packed: &[Packed]) -> TokenStream {
    let own = plan.params.iter().zip(packed);
    let own = own.filter(|(placed, _)| model.nodes[placed.node].layer.network().is_none());
    let own: Vec<_> = own.map(|(placed, packed)| param(model, placed, packed)).collect();
    if networks::nodes(model).next().is_none() {
        return quote!(&[#(#own),*]);
    }
    let packed: Vec<Dim> = packed.iter().map(|packed| packed.offset.clone()).collect();
    networks::join_params(model, &plan.params, &packed, &own)
}

fn param(model: &Model, placed: &PlanParam, packed: &Packed) -> TokenStream {
    let node = &model.nodes[placed.node];
    let declared = node.params.iter().find(|param| param.name == placed.name);
    let declared = declared.expect("plans place declared ones");
    let Param { init, fan_in, fan_out, decays, .. } = declared;
    let name = format!("{}.{}", node.name, placed.name);
    let layer = usize_literal(placed.node);
    let whole = placed.whole();
    let (size, offset, len) = (shape(&whole), dim(&placed.offset), dim(&whole.len()));
    let copies = usize_literal(placed.turns.iter().product());
    let trained = placed.trained;
    let init = self::init(init.expect("the model resolves initialisers"));
    let (fan_in, fan_out) = (dim(fan_in), dim(fan_out));
    let packing = match packed.packing {
        Packing::Plain => quote!(__k::Packing::Plain),
        Packing::Matrix => quote!(__k::Packing::Matrix),
        Packing::Filter(_) => quote!(__k::Packing::Filter),
    };
    let packed = dim(&packed.offset);
    let (regularizer, max_norm) = regularisation(node, declared);
    quote! {
        __k::ParamInfo {
            name: #name,
            layer: #layer,
            shape: &#size,
            offset: #offset,
            len: #len,
            copies: #copies,
            trained: #trained,
            decays: #decays,
            init: #init,
            fan_in: #fan_in,
            fan_out: #fan_out,
            packing: #packing,
            packed: #packed,
            regularizer: #regularizer,
            max_norm: #max_norm,
        }
    }
}

/// What keeps a parameter small in training.
fn regularisation(node: &Node, param: &Param) -> (TokenStream, TokenStream) {
    let Regularisation { l1, l2, max_norm } = node.regularisation;
    let regularizer = if param.is_weight() && (l1, l2) != (0.0, 0.0) {
        let (l1, l2) = (float(l1), float(l2));
        quote!(__k::Regularizer { l1: #l1, l2: #l2 })
    } else {
        quote!(__k::Regularizer::NONE)
    };
    let Some(limit) = max_norm.filter(|_| param.is_weight()) else {
        return (regularizer, quote!(::core::option::Option::None));
    };
    let (axes, dims) = (node.layer.units(param), param.shape.dims());
    let [units, inner] = [&dims[axes.clone()], &dims[axes.end..]]
        .map(|dims| dim(&Dim::product(dims.iter().cloned())));
    let limit = float(limit);
    let max_norm = quote!(__k::MaxNorm { limit: #limit, units: #units, inner: #inner });
    (regularizer, quote!(::core::option::Option::Some(#max_norm)))
}

fn init(init: Init) -> TokenStream {
    if let Init::Constant(value) = init {
        let value = float(value);
        return quote!(__k::Init::Constant(#value));
    }
    let name = Ident::new(&format!("{init:?}"), Span::call_site());
    quote!(__k::Init::#name)
}
