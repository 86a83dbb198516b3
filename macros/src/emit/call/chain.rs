//! Small layers one after the other, whose sizes become a type.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, optional_fun, usize_literal};
use crate::plan::{Buf, Dense, Taps};

/// Of every sample.
pub(super) fn dense(y: Buf, x: Buf, layers: &[Dense], at: &Site<'_>) -> TokenStream {
    let (y, x) = (at.of(y), at.of(x));
    let params = layers.iter().map(|layer| params(layer.w, layer.bias, at));
    let layers = layers.iter().map(|Dense { fun, k, n, .. }| {
        let (k, n, fun) = (dim(k), dim(n), optional_fun(*fun));
        quote!(__k::CausalLayer::dense(#k, #n, #fun))
    });
    at.sized("dense_chain", &quote!(#(#layers),*), quote!(#y, #x, &[#(#params),*], rows))
}

/// At one time step; a layer that is not small has a kernel of its own.
pub(super) fn causal(y: Buf, x: Buf, layers: &[Taps], at: &Site<'_>) -> TokenStream {
    let (y, x) = (at.of(y), at.of(x));
    if let [taps] = layers
        && !taps.is_small()
    {
        let (ring, w, bias) = (at.optional(taps.ring), at.of(taps.w), at.optional(taps.bias));
        let layer = layer(taps);
        let taps = quote!(__k::Taps { ring: #ring, w: #w, bias: #bias, layer: #layer });
        return at.verb("causal_layer", quote!(#y, #x, &mut #taps, time));
    }
    let params = layers.iter().map(|taps| params(taps.w, taps.bias, at));
    let rings = layers.iter().map(|taps| at.optional(taps.ring));
    let layers = layers.iter().map(layer);
    let arguments = quote!(#y, #x, &[#(#params),*], &mut [#(#rings),*], time);
    at.sized("causal_chain", &quote!(#(#layers),*), arguments)
}

fn params(w: Buf, bias: Option<Buf>, at: &Site<'_>) -> TokenStream {
    let (w, bias) = (at.of(w), at.optional(bias));
    quote!((#w, #bias))
}

fn layer(taps: &Taps) -> TokenStream {
    let (k, n, fun) = (dim(&taps.k), dim(&taps.n), optional_fun(taps.fun));
    let [kernel, dilation, groups] = [taps.kernel, taps.dilation, taps.groups].map(usize_literal);
    quote! {
        __k::CausalLayer {
            fun: #fun,
            kernel: #kernel,
            dilation: #dilation,
            groups: #groups,
            k: #k,
            n: #n,
        }
    }
}
