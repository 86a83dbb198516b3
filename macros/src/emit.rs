//! Emission: a plan becomes Rust. Nothing can fail here.

mod call;
mod card;
mod deferred;
mod drawing;
mod emitter;
pub(crate) mod family;
pub(crate) mod keywords;
mod names;
mod networks;
mod operands;
mod ports;
mod program;
mod repeat;
mod step;
mod stubs;
mod tables;
mod views;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::{
    layer::Head,
    model::Model,
    plan::Plan,
    shape::{Dim, Shape},
    syntax::{ScalarType, Spec},
};

pub(crate) use stubs::stubs;

/// The hidden module of the facade that expansions speak to, there as `__k`. Its name changes with the interface,
/// so that crates which do not match fail at this name.
const PRIVATE: &str = "__private_v1";

/// The items of a checked network.
pub(crate) fn network(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    let (sizes, checks) = (networks::sizes(model), networks::checks(model));
    let part = spec.part.then(|| networks::part(model, &spec.name, Some(program::d_input(plan))));
    let items = Items {
        types: network_types(spec, model, plan),
        consts: tables::consts(spec, model, plan),
        methods: program::methods(spec, model, plan),
        views: views::views(spec, model, &plan.params),
        causal: step::causal(spec, model, plan),
        ends: network_ends(spec, model),
        ports: ports::impls(spec, model, true),
        networks: quote!(#sizes #checks #part),
    };
    assemble(spec, &card::docs(model), &items)
}

/// What fills the one impl of a network.
struct Items {
    types: TokenStream,
    consts: TokenStream,
    methods: TokenStream,
    views: TokenStream,
    /// `step`, or why there is none.
    causal: TokenStream,
    /// What losses see.
    ends: TokenStream,
    /// Of the structs of several inputs and outputs.
    ports: TokenStream,
    /// Of networks as layers.
    networks: TokenStream,
}

fn assemble(spec: &Spec, docs: &[String], items: &Items) -> TokenStream {
    let Spec { attrs, vis, name, krate, .. } = spec;
    let private = format_ident!("{PRIVATE}");
    let scalar = scalar(spec);
    let Items { types, consts, methods, views, causal, ends, ports, networks } = items;
    let structs = ports::structs(spec);
    let lints = lints();
    let name_text = name.to_string();
    quote! {
        #(#attrs)*
        #(#[doc = #docs])*
        #vis struct #name {
            parameters: #krate::#private::Parameters<#scalar>,
        }

        #structs

        const _: () = {
            use #krate::#private as __k;
            #[allow(unused_imports, clippy::wildcard_imports)]
            use __k::locals::*;

            #[automatically_derived]
            #lints
            impl ::core::clone::Clone for #name {
                fn clone(&self) -> Self {
                    Self { parameters: self.parameters.clone() }
                }
            }

            #[automatically_derived]
            #lints
            impl ::core::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    __k::debug::<Self>(f)
                }
            }

            #[automatically_derived]
            #lints
            impl __k::Outputs for #name {
                #ends
            }

            #[automatically_derived]
            #lints
            impl __k::Network for #name {
                #types
                const NAME: &'static str = #name_text;
                #consts

                fn from_parameters(parameters: __k::Parameters<#scalar>) -> Self {
                    Self { parameters }
                }

                fn parameters(&self) -> &__k::Parameters<#scalar> {
                    &self.parameters
                }

                fn parameters_mut(&mut self) -> &mut __k::Parameters<#scalar> {
                    &mut self.parameters
                }

                #methods
            }

            #views

            #causal

            #ports

            #networks
        };
    }
}

fn network_types(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    let scalar = scalar(spec);
    let input = array(&scalar, &spec.input.value);
    let scratch = buffers(&scalar, plan.inference.sizes.as_ref());
    let tape = buffers(&scalar, plan.training.program.sizes.as_ref());
    let scratch = networks::with_buffers(model, scratch, false);
    let tape = networks::with_buffers(model, tape, true);
    quote! {
        type Input = #input;
        type Scratch<const __B: usize> = #scratch;
        type Tape<const __B: usize> = #tape;
    }
}

fn network_ends(spec: &Spec, model: &Model) -> TokenStream {
    let scalar = scalar(spec);
    let output = array(&scalar, &spec.output.value);
    let (several, k) = (model.ends.len() > 1, quote!(__k));
    let head = if several { quote!(__k::head::Several) } else { head(&k, model.head) };
    let normalized = model.head_node().map(|node| model.nodes[node].output.channels());
    let classes = dim(&normalized.unwrap_or_else(|| spec.output.value.len()));
    quote! {
        type Scalar = #scalar;
        type Output = #output;
        type Head = #head;
        const CLASSES: usize = #classes;
    }
}

/// The type of a head, which lies in the hidden module `k`.
fn head(k: &TokenStream, head: Head) -> TokenStream {
    match head {
        Head::Softmax => quote!(#k::head::Softmax),
        Head::LogSoftmax => quote!(#k::head::LogSoftmax),
        Head::Sigmoid => quote!(#k::head::Sigmoid),
        Head::Plain => quote!(#k::head::Plain),
        Head::Hidden(of) => {
            let of = self::head(k, *of);
            quote!(#k::head::Hidden<#of>)
        }
    }
}

fn buffers(scalar: &Ident, sizes: Option<&[Dim; 3]>) -> TokenStream {
    let [row, fixed, index] = sizes.expect("memory is shared out before emission").each_ref();
    let (row, fixed, index) = (dim(row), dim(fixed), dim(index));
    quote!(__k::Buffers<#scalar, #row, #fixed, #index, { __B }>)
}

fn scalar(spec: &Spec) -> Ident {
    let name = match spec.scalar {
        ScalarType::F32 => "f32",
        ScalarType::F64 => "f64",
    };
    Ident::new(name, Span::call_site())
}

/// The nested array type of a shape: `[28, 28, 1]` is `[[[f32; 1]; 28]; 28]`.
fn array(scalar: &Ident, shape: &Shape) -> TokenStream {
    shape.dims().iter().rev().fold(quote!(#scalar), |inner, size| {
        let size = dim(size);
        quote!([#inner; #size])
    })
}

/// A dimension as an expression of type `usize`.
fn dim(value: &Dim) -> TokenStream {
    match value {
        Dim::Literal(value) => usize_literal(*value),
        Dim::Symbol(name) => {
            let ident = Ident::new(name, Span::call_site());
            quote!(#ident)
        }
        Dim::Sum(terms) => {
            let terms = terms.iter().map(dim);
            quote!((#(#terms)+*))
        }
        Dim::Product(factors) => {
            // `#(#factors)**` would be a repetition without a separator.
            let product = factors.iter().map(dim).reduce(|a, b| quote!(#a * #b));
            quote!((#product))
        }
        // Only stubs get here; any size will do, since the program has errors.
        Dim::Unknown => quote!(1),
    }
}

fn usize_literal(value: usize) -> TokenStream {
    let literal = proc_macro2::Literal::usize_unsuffixed(value);
    quote!(#literal)
}

fn float(value: f64) -> TokenStream {
    if value.is_infinite() {
        return if value > 0.0 { quote!(f64::INFINITY) } else { quote!(f64::NEG_INFINITY) };
    }
    let literal = proc_macro2::Literal::f64_unsuffixed(value.abs());
    if value.is_sign_negative() { quote!(-#literal) } else { quote!(#literal) }
}

/// Generated items are not the user's to mend.
fn lints() -> TokenStream {
    quote! {
        #[allow(
            clippy::all, clippy::pedantic, clippy::nursery,
            unused, missing_docs, missing_debug_implementations, unreachable_pub,
            unused_qualifications, single_use_lifetimes,
        )]
    }
}
