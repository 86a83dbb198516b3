//! The waist: this file and its folder alone know kernel names and the order of their arguments.

mod arrange;
mod attend;
mod chain;
mod convolution;
mod elementwise;
mod normalization;
mod pool;
mod product;
mod random;
mod sequence;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{dim, float, operands::Operands, usize_literal};
use crate::{
    plan::{Buf, Fun, Step, Verb, Window},
    shape::Dim,
};

/// The call of one step; what rustc says of it points at the layer.
pub(super) fn call(scalar: &Ident, step: &Step, operands: &Operands) -> TokenStream {
    let at = &Site { scalar, operands, span: step.span.resolved_at(Span::call_site()) };
    match &step.verb {
        Verb::Product(verb) => product::call(verb, at),
        Verb::Convolution(verb) => convolution::call(verb, at),
        Verb::Pool(verb) => pool::call(verb, at),
        Verb::Normalization(verb) => normalization::call(verb, at),
        Verb::Elementwise(verb) => elementwise::call(verb, at),
        Verb::Random(verb) => random::call(verb, at),
        Verb::Sequence(verb) => sequence::call(verb, at),
        Verb::Attend(verb) => attend::call(verb, at),
        Verb::Arrange(verb) => arrange::call(verb, at),
        // `emit/repeat.rs` and `emit/networks.rs` write these, which call no kernel of their own.
        Verb::Nested(_) => TokenStream::new(),
    }
}

/// Where a call stands.
struct Site<'a> {
    scalar: &'a Ident,
    operands: &'a Operands,
    span: Span,
}

impl Site<'_> {
    fn of(&self, buf: Buf) -> &TokenStream {
        self.operands.of(buf)
    }

    fn optional(&self, buf: Option<Buf>) -> TokenStream {
        match buf {
            Some(buf) => {
                let buf = self.of(buf);
                quote!(::core::option::Option::Some(#buf))
            }
            None => quote!(::core::option::Option::None),
        }
    }

    fn verb(&self, name: &str, arguments: TokenStream) -> TokenStream {
        let (scalar, name) = (self.scalar, Ident::new(name, self.span));
        quote!(<#scalar as __k::Verbs>::#name(cpu, #arguments);)
    }

    /// A kernel that is compiled where it is called, for the sizes of `layers`.
    fn sized(&self, name: &str, layers: &TokenStream, arguments: TokenStream) -> TokenStream {
        let (scalar, name) = (self.scalar, Ident::new(name, self.span));
        quote! {{
            enum Layers {}
            impl __k::Chain for Layers {
                const LAYERS: &'static [__k::CausalLayer] = &[#layers];
            }
            __k::#name::<#scalar, Layers>(cpu, #arguments);
        }}
    }

    /// The call of a verb whose weight prepared parameters may store in another way.
    fn stored(&self, name: &str, arguments: TokenStream) -> TokenStream {
        let name = Ident::new(name, self.span);
        quote!(__k::#name(cpu, #arguments);)
    }
}

fn optional_fun(fun: Option<Fun>) -> TokenStream {
    match fun {
        Some(fun) => {
            let fun = self::fun(fun);
            quote!(::core::option::Option::Some(#fun))
        }
        None => quote!(::core::option::Option::None),
    }
}

fn fun(fun: Fun) -> TokenStream {
    match fun {
        Fun::Relu => quote!(__k::Fun::Relu),
        Fun::LeakyRelu(slope) => {
            let slope = float(slope);
            quote!(__k::Fun::LeakyRelu(#slope))
        }
        Fun::Clamp(lo, hi) => {
            let (lo, hi) = (float(lo), float(hi));
            quote!(__k::Fun::Clamp(#lo, #hi))
        }
        Fun::Elu { alpha, scale } => {
            let (alpha, scale) = (float(alpha), float(scale));
            quote!(__k::Fun::Elu { alpha: #alpha, scale: #scale })
        }
        Fun::Gelu => quote!(__k::Fun::Gelu),
        Fun::GeluTanh => quote!(__k::Fun::GeluTanh),
        Fun::Silu => quote!(__k::Fun::Silu),
        Fun::Sigmoid => quote!(__k::Fun::Sigmoid),
        Fun::HardSigmoid => quote!(__k::Fun::HardSigmoid),
        Fun::Tanh => quote!(__k::Fun::Tanh),
        Fun::Softplus => quote!(__k::Fun::Softplus),
        Fun::Softsign => quote!(__k::Fun::Softsign),
        Fun::HardSwish => quote!(__k::Fun::HardSwish),
        Fun::Mish => quote!(__k::Fun::Mish),
    }
}

fn window(window: &Window) -> TokenStream {
    let dims = |pair: &[Dim; 2]| {
        let [h, w] = pair.each_ref().map(dim);
        quote!([#h, #w])
    };
    let counts = |pair: [usize; 2]| {
        let [h, w] = pair.map(usize_literal);
        quote!([#h, #w])
    };
    let (input, output, kernel) = (dims(&window.input), dims(&window.output), dims(&window.kernel));
    let (stride, padding) = (counts(window.stride), counts(window.padding));
    let dilation = counts(window.dilation);
    quote! {
        __k::Window {
            input: #input,
            output: #output,
            kernel: #kernel,
            stride: #stride,
            padding: #padding,
            dilation: #dilation,
        }
    }
}
