//! The constants of a network: shapes, sizes, tables of layers and parameters.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{dim, float, usize_literal};
use crate::{
    layer::{Init, Param},
    model::{Model, Node},
    plan::{
        Plan, PlanParam,
        packing::{self, Packed},
    },
    shape::{Dim, Shape},
    syntax::Spec,
};

pub(super) fn consts(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    let input = shape(&spec.input.value);
    let output = shape(&spec.output.value);
    let inputs = ports("INPUTS", model.ports.iter().map(|port| (&*port.name, &port.shape)));
    let outputs = ports("OUTPUTS", model.ends.iter().map(|end| (&*end.name, &end.shape)));
    let parameters = dim(&Dim::sum(plan.params.iter().map(PlanParam::whole_len)));
    let macs = dim(&Dim::sum(model.nodes.iter().map(Node::macs)));
    let layers = model.nodes.iter().map(|node| layer(model, node));
    let packed = packing::pack(plan);
    let params =
        plan.params.iter().zip(&packed).map(|(placed, packed)| param(model, placed, packed));
    let architecture = model.architecture();
    let fingerprint = model.fingerprint();
    let (trained, state) = (dim(&plan.trained), dim(&plan.state));
    quote! {
        const INPUT_SHAPE: &'static [usize] = &#input;
        const OUTPUT_SHAPE: &'static [usize] = &#output;
        #inputs
        #outputs
        const PARAMETERS: usize = #parameters;
        const MACS: usize = #macs;
        const LAYERS: &'static [k::LayerInfo] = &[#(#layers),*];
        const PARAMS: &'static [k::ParamInfo] = &[#(#params),*];
        const ARCHITECTURE: &'static str = #architecture;
        const FINGERPRINT: &'static str = #fingerprint;
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
    let (name, kind, note) = (&node.name, node.kind.keyword, &node.note);
    let output = shape(&node.output);
    let parameters = dim(&node.parameters());
    let macs = dim(&node.macs());
    let frozen = node.frozen;
    quote! {
        k::LayerInfo {
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

fn param(model: &Model, placed: &PlanParam, packed: &Packed) -> TokenStream {
    let node = &model.nodes[placed.node];
    let declared = node.params.iter().find(|param| param.name == placed.name);
    let Param { init, fan_in, fan_out, decays, .. } = declared.expect("plans place declared ones");
    let name = format!("{}.{}", node.name, placed.name);
    let layer = usize_literal(placed.node);
    let whole = placed.whole();
    let (size, offset, len) = (shape(&whole), dim(&placed.offset), dim(&whole.len()));
    let copies = usize_literal(placed.turns.iter().product());
    let trained = placed.trained;
    let init = self::init(init.expect("the model resolves initialisers"));
    let (fan_in, fan_out) = (dim(fan_in), dim(fan_out));
    let (matrix, packed) = (packed.matrix, dim(&packed.offset));
    quote! {
        k::ParamInfo {
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
            matrix: #matrix,
            packed: #packed,
        }
    }
}

fn init(init: Init) -> TokenStream {
    if let Init::Constant(value) = init {
        let value = float(value);
        return quote!(k::Init::Constant(#value));
    }
    let name = Ident::new(&format!("{init:?}"), Span::call_site());
    quote!(k::Init::#name)
}
