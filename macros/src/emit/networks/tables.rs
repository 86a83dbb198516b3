//! What a table or a text of the network says of its own layers and of those that are networks.

use proc_macro2::TokenStream;
use quote::quote;

use super::{dim, nodes, place_of, usize_literal};
use crate::{
    layer::network::Inner,
    model::{Model, Node},
    plan::PlanParam,
    shape::Dim,
};

/// The table of all parameters, from that of the network's own.
pub(in crate::emit) fn join_params(
    model: &Model,
    placed: &[PlanParam],
    packed: &[Dim],
    own: &[TokenStream],
) -> TokenStream {
    let layers = model.nodes.iter().enumerate();
    let parts = layers.filter_map(|(index, node)| {
        let ranges = placed.iter().zip(packed).filter(|(param, _)| param.node == index);
        Some(part_params(index, node, node.layer.network()?, ranges))
    });
    let lens = nodes(model).map(|(node, inner)| {
        let (path, times) = (&inner.path, usize_literal(node.times()));
        quote!(#times * <#path as __k::Network>::PARAMS.len())
    });
    let own_len = usize_literal(own.len());
    quote! {
        &__k::part::join_params::<{ #own_len #(+ #lens)* }>(&[#(#own),*], &[#(#parts),*])
    }
}

/// Those of one network, whose two ranges lie in the arena and in prepared weights.
fn part_params<'p>(
    index: usize,
    node: &Node,
    inner: &Inner,
    mut ranges: impl Iterator<Item = (&'p PlanParam, &'p Dim)>,
) -> TokenStream {
    let (path, frozen) = (&inner.path, node.frozen);
    let (prefix, layer) = (format!("{}.", inner.name), usize_literal(index));
    let turns = node.turns.iter().map(|times| usize_literal(*times));
    let turns = quote!(&[#(#turns),*]);
    let [(trained, matrices), (state, values)] =
        [(); 2].map(|()| ranges.next().expect("a network has two ranges"));
    let place = place_of([&trained.offset, &state.offset, matrices, values].map(dim));
    let sizes = ["TRAINED", "STATE", "MATRICES", "VALUES"];
    let sizes = place_of(sizes.map(|size| dim(&inner.symbol(size))));
    quote! {
        __k::part::PartParams {
            params: <#path as __k::Network>::PARAMS,
            sizes: #sizes,
            turns: #turns,
            names: &__k::part::names::<
                #path,
                { __k::part::names_len::<#path>(#prefix, #turns) },
            >(#prefix, #turns),
            prefix: #prefix,
            layer: #layer,
            frozen: #frozen,
            place: #place,
        }
    }
}

/// Architecture and fingerprint, which say those of the layers too.
pub(in crate::emit) fn architecture(model: &Model) -> TokenStream {
    let own = model.architecture();
    if nodes(model).next().is_none() {
        let fingerprint = model.fingerprint();
        return quote! {
            const ARCHITECTURE: &'static str = #own;
            const FINGERPRINT: &'static str = #fingerprint;
        };
    }
    let parts: Vec<TokenStream> = nodes(model)
        .map(|(_, inner)| {
            let (path, title) = (&inner.path, format!("\n{} is\n", inner.name));
            quote!(#title, <#path as __k::Network>::ARCHITECTURE)
        })
        .collect();
    let parts = quote!(&[#own, #(#parts),*]);
    quote! {
        const ARCHITECTURE: &'static str =
            __k::part::text(&__k::part::join_text::<{ __k::part::text_len(#parts) }>(#parts));
        const FINGERPRINT: &'static str = __k::part::text(&__k::part::fingerprint(Self::ARCHITECTURE));
    }
}
