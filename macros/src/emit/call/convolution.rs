//! Convolutions.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Site, dim, optional_fun, usize_literal};
use crate::plan::{Buf, Conv, Convolution};

pub(super) fn call(verb: &Convolution, at: &Site<'_>) -> TokenStream {
    let of = |buf: &Buf| at.of(*buf);
    let optional = |buf: &Option<Buf>| at.optional(*buf);
    let (name, arguments) = match verb {
        Convolution::Conv2d { y, room, x, w, bias, fun, conv } => {
            let (y, x, w, bias, fun) = (of(y), of(x), of(w), optional(bias), optional_fun(*fun));
            let conv = self::conv(conv);
            let Some(room) = room.as_ref().map(of) else {
                return at.verb("conv2d", quote!(#y, #x, #w, #bias, #fun, rows, #conv));
            };
            return at.stored("winograd", quote!(#y, #room, #x, #w, #bias, #fun, rows, #conv));
        }
        Convolution::Conv2dGradInput { dx, room, dy, w, conv } => {
            let (dx, dy, w, conv) = (of(dx), of(dy), of(w), self::conv(conv));
            match room.as_ref().map(of) {
                Some(room) => ("winograd_grad_input", quote!(#dx, #room, #dy, #w, rows, #conv)),
                None => ("conv2d_grad_input", quote!(#dx, #dy, #w, rows, #conv)),
            }
        }
        Convolution::Conv2dGradWeight { dw, partial, x, dy, conv, winograd } => {
            let (dw, partial, x, dy) = (of(dw), of(partial), of(x), of(dy));
            let conv = self::conv(conv);
            let name = if *winograd { "winograd_grad_weight" } else { "conv2d_grad_weight" };
            (name, quote!(#dw, #partial, #x, #dy, rows, #conv))
        }
        Convolution::Conv2dMaxPool2d { y, index, x, w, bias, fun, conv } => {
            let (y, index, x, w, bias) = (of(y), optional(index), of(x), of(w), optional(bias));
            let (fun, conv) = (optional_fun(*fun), self::conv(conv));
            ("conv2d_max_pool2d", quote!(#y, #index, #x, #w, #bias, #fun, rows, #conv))
        }
        Convolution::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, conv } => {
            let [dw, partial, x, dy, index] = [dw, partial, x, dy, index].map(of);
            let (dbias, kept, conv) = (optional(dbias), optional(kept), self::conv(conv));
            let operands = quote!(#dw, #dbias, #partial, #x, #dy, #kept, #index, rows, #conv);
            ("conv2d_max_pool2d_grad_weight", operands)
        }
    };
    at.verb(name, arguments)
}

fn conv(conv: &Conv) -> TokenStream {
    let window = super::window(&conv.window);
    let (input, output) = (dim(&conv.input_channels), dim(&conv.output_channels));
    let groups = usize_literal(conv.groups);
    quote! {
        __k::Conv2d {
            window: #window,
            input_channels: #input,
            output_channels: #output,
            groups: #groups,
        }
    }
}
