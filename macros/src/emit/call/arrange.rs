//! Values put elsewhere as they are, or looked up.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, usize_literal};
use crate::plan::{Arrange, Buf, Strided, Upsample};

pub(super) fn call(verb: &Arrange, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let (name, arguments) = match verb {
        Arrange::Copy { y, x } => {
            let (y, x) = (of(y), of(x));
            return quote!(#y.copy_from_slice(#x););
        }
        Arrange::Zero { y } => {
            let y = of(y);
            return quote!(#y.fill(0.0););
        }
        Arrange::Gather { y, x, view } => {
            let (y, x, view) = (of(y), of(x), strided(view));
            ("gather", quote!(#y, #x, rows, #view))
        }
        Arrange::Scatter { y, x, view } => {
            let (y, x, view) = (of(y), of(x), strided(view));
            ("scatter", quote!(#y, #x, rows, #view))
        }
        Arrange::Upsample { y, x, sizes } => {
            let (y, x, sizes) = (of(y), of(x), upsample(sizes));
            ("upsample", quote!(#y, #x, rows, #sizes))
        }
        Arrange::UpsampleGrad { dx, dy, sizes } => {
            let (dx, dy, sizes) = (of(dx), of(dy), upsample(sizes));
            ("upsample_grad", quote!(#dx, #dy, rows, #sizes))
        }
        Arrange::Embed { y, x, table, width } => {
            let (y, x, table, width) = (of(y), of(x), of(table), dim(width));
            ("embed", quote!(#y, #x, #table, #width))
        }
        Arrange::EmbedGrad { dtable, dy, x, width } => {
            let (dtable, dy, x, width) = (of(dtable), of(dy), of(x), dim(width));
            ("embed_grad", quote!(#dtable, #dy, #x, #width))
        }
        Arrange::Concat { y, parts } => {
            let y = of(y);
            let parts = parts.iter().map(|(x, n)| {
                let (x, n) = (of(x), dim(n));
                quote!((#x, #n))
            });
            ("concat", quote!(#y, &[#(#parts),*]))
        }
        Arrange::Split { y, x, width, start, n } => {
            let (y, x, width, start, n) = (of(y), of(x), dim(width), dim(start), dim(n));
            ("split", quote!(#y, #x, #width, #start, #n))
        }
    };
    at.verb(name, arguments)
}

fn strided(view: &Strided) -> TokenStream {
    let (input, start) = (dim(&view.input), dim(&view.start));
    let axes = view.axes.iter().map(|axis| {
        let [size, stride] = axis.each_ref().map(dim);
        quote!([#size, #stride])
    });
    quote!(__k::Strided { input: #input, start: #start, axes: [#(#axes),*] })
}

fn upsample(sizes: &Upsample) -> TokenStream {
    let ([height, width], channels) = (sizes.input.each_ref().map(dim), dim(&sizes.channels));
    let [down, right] = sizes.factor.map(usize_literal);
    quote! {
        __k::Upsample {
            input: [#height, #width],
            factor: [#down, #right],
            channels: #channels,
        }
    }
}
