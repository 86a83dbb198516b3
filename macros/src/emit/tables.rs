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
    let parameters = dim(&Dim::sum(plan.params.iter().map(|param| param.shape.len())));
    let macs = dim(&Dim::sum(model.nodes.iter().map(|node| node.macs.clone())));
    let layers = model.nodes.iter().map(layer);
    let packed = packing::pack(plan);
    let params =
        plan.params.iter().zip(&packed).map(|(placed, packed)| param(model, placed, packed));
    let architecture = model.architecture();
    let fingerprint = model.fingerprint();
    let (trained, state) = (dim(&plan.trained), dim(&plan.state));
    quote! {
        const INPUT_SHAPE: &'static [usize] = &#input;
        const OUTPUT_SHAPE: &'static [usize] = &#output;
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

fn shape(shape: &Shape) -> TokenStream {
    let dims = shape.dims().iter().map(dim);
    quote!([#(#dims),*])
}

fn layer(node: &Node) -> TokenStream {
    let (name, kind, note) = (&node.name, node.kind.keyword, &node.note);
    let output = shape(&node.output);
    let parameters = dim(&node.parameters());
    let macs = dim(&node.macs);
    let frozen = node.frozen;
    quote! {
        k::LayerInfo {
            name: #name,
            kind: #kind,
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
    let (size, offset, len) = (shape(&placed.shape), dim(&placed.offset), dim(&placed.shape.len()));
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
