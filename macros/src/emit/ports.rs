//! Several inputs and outputs: structs with their names, and a struct of losses.

mod losses;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{array, dim, head, lints, names::Taken, scalar, views::camel};
use crate::{
    model::{End, Model},
    shape::Dim,
    syntax::{Port, Spec},
};

/// What stands beside the struct of the network.
pub(super) fn structs(spec: &Spec) -> TokenStream {
    let inputs = (!spec.inputs.is_empty()).then(|| input_struct(spec));
    let outputs = (!spec.outputs.is_empty()).then(|| output_structs(spec));
    quote!(#inputs #outputs)
}

/// The impls of these structs, and the methods that take and give them; `heads` are those of the
/// outputs.
pub(super) fn impls(spec: &Spec, model: &Model, known: bool) -> TokenStream {
    if spec.inputs.is_empty() && spec.outputs.is_empty() {
        return TokenStream::new();
    }
    let inputs = (!spec.inputs.is_empty()).then(|| input_impls(spec));
    let outputs = (!spec.outputs.is_empty()).then(|| {
        let (output, losses) = (output_impls(spec), losses::losses(spec));
        let clone = losses::clone(spec);
        let (metrics, evaluation) = (losses::metrics(spec), losses::evaluation(spec, model));
        let markers = spec.outputs.iter().zip(&model.ends);
        let markers = markers.map(|(port, end)| marker(spec, model, port, end, known));
        quote! {
            #output
            #clone
            #(#markers)*
            __k::with_alloc! { #losses #metrics }
            __k::with_std! { #evaluation }
        }
    });
    let predict = predict(spec);
    quote!(#inputs #outputs #predict)
}

fn input_name(spec: &Spec) -> Ident {
    format_ident!("{}Input", spec.name)
}

fn output_name(spec: &Spec) -> Ident {
    format_ident!("{}Output", spec.name)
}

fn losses_name(spec: &Spec) -> Ident {
    format_ident!("{}Losses", spec.name)
}

/// The type that stands for one output where losses are chosen.
fn marker_name(spec: &Spec, port: &Port) -> Ident {
    Taken::of(spec).free(&format!("{}{}Output", spec.name, camel(&port.name.to_string())))
}

fn input_struct(spec: &Spec) -> TokenStream {
    let (vis, name) = (&spec.vis, input_name(spec));
    let doc =
        format!("One input of `{}`: `.into()` puts its parts one after the other.", spec.name);
    let fields = spec.inputs.iter().map(|port| {
        let (name, ty) = (&port.name, array(&scalar(spec), &port.shape.value));
        let doc = format!("`{}`.", port.shape.value);
        quote!(#[doc = #doc] pub #name: #ty)
    });
    quote! {
        #[doc = #doc]
        #vis struct #name {
            #(#fields),*
        }
    }
}

fn output_structs(spec: &Spec) -> TokenStream {
    let (vis, name, losses) = (&spec.vis, output_name(spec), losses_name(spec));
    let doc = format!("One output of `{}`, from the flat array by `.into()`.", spec.name);
    let fields = spec.outputs.iter().map(|port| {
        let (name, ty) = (&port.name, array(&scalar(spec), &port.shape.value));
        let doc = format!("`{}`.", port.shape.value);
        quote!(#[doc = #doc] pub #name: &'a #ty)
    });
    let loss_doc = format!(
        "A loss for each output of `{}`, which are added. Targets are a tuple in the same order.",
        spec.name
    );
    let types = types(spec);
    let loss_fields = spec.outputs.iter().zip(&types).map(|(port, ty)| {
        let name = &port.name;
        let doc = format!("The loss of `{name}`.");
        quote!(#[doc = #doc] pub #name: #ty)
    });
    quote! {
        #[doc = #doc]
        #vis struct #name<'a> {
            #(#fields),*
        }

        #[doc = #loss_doc]
        #vis struct #losses<#(#types),*> {
            #(#loss_fields),*
        }
    }
}

/// `PolicyLoss`, `ValueLoss`: type parameters.
fn types(spec: &Spec) -> Vec<Ident> {
    parameters(spec, "Loss")
}

fn parameters(spec: &Spec, of: &str) -> Vec<Ident> {
    let (names, taken) = (spec.outputs.iter().map(|port| port.name.to_string()), Taken::of(spec));
    names.map(|name| taken.free(&format!("{}{of}", camel(&name)))).collect()
}

/// Where each part lies in the flat array.
fn ranges(ports: &[Port]) -> Vec<TokenStream> {
    let mut start = Dim::ZERO;
    let ranges = ports.iter().map(|port| {
        let end = Dim::sum([start.clone(), port.shape.value.len()]);
        let range = (dim(&start), dim(&end));
        start = end;
        let (start, end) = range;
        quote!(#start..#end)
    });
    ranges.collect()
}

fn input_impls(spec: &Spec) -> TokenStream {
    let (lints, name) = (lints(), input_name(spec));
    let scalar = scalar(spec);
    let flat = array(&scalar, &spec.input.value);
    let names: Vec<_> = spec.inputs.iter().map(|port| &port.name).collect();
    let types = spec.inputs.iter().map(|port| array(&scalar, &port.shape.value));
    let ranges = ranges(&spec.inputs);
    let debug = debug(&quote!(#name), &name, &names);
    quote! {
        #[automatically_derived]
        #lints
        impl ::core::clone::Clone for #name {
            fn clone(&self) -> Self {
                Self { #(#names: self.#names),* }
            }
        }

        #debug

        #[automatically_derived]
        #lints
        impl ::core::convert::From<&#name> for #flat {
            fn from(input: &#name) -> Self {
                let mut flat = [<#scalar as __k::Scalar>::ZERO; <#flat as __k::Array>::LEN];
                #({
                    let part = ::core::slice::from_ref(&input.#names);
                    flat[#ranges].copy_from_slice(<#types as __k::Array>::flat(part));
                })*
                flat
            }
        }

        #[automatically_derived]
        #lints
        impl ::core::convert::From<#name> for #flat {
            fn from(input: #name) -> Self {
                Self::from(&input)
            }
        }
    }
}

fn debug(ty: &TokenStream, name: &Ident, fields: &[&Ident]) -> TokenStream {
    let (lints, text) = (lints(), name.to_string());
    let texts = fields.iter().map(ToString::to_string);
    quote! {
        #[automatically_derived]
        #lints
        impl ::core::fmt::Debug for #ty {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#text)#(.field(#texts, &self.#fields))*.finish()
            }
        }
    }
}

fn output_impls(spec: &Spec) -> TokenStream {
    let (lints, name) = (lints(), output_name(spec));
    let scalar = scalar(spec);
    let flat = array(&scalar, &spec.output.value);
    let names: Vec<_> = spec.outputs.iter().map(|port| &port.name).collect();
    let types = spec.outputs.iter().map(|port| array(&scalar, &port.shape.value));
    let ranges = ranges(&spec.outputs);
    let debug = debug(&quote!(#name<'_>), &name, &names);
    quote! {
        #[automatically_derived]
        #lints
        impl ::core::clone::Clone for #name<'_> {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        #lints
        impl ::core::marker::Copy for #name<'_> {}

        #debug

        #[automatically_derived]
        #lints
        impl<'a> ::core::convert::From<&'a #flat> for #name<'a> {
            fn from(flat: &'a #flat) -> Self {
                Self { #(#names: &<#types as __k::Array>::rows(&flat[#ranges])[0]),* }
            }
        }
    }
}

/// One output as losses see it.
fn marker(spec: &Spec, model: &Model, port: &Port, end: &End, known: bool) -> TokenStream {
    let (lints, name, scalar) = (lints(), marker_name(spec, port), scalar(spec));
    let output = array(&scalar, &port.shape.value);
    let (ends_in, node) = end.head;
    let normalized = node.map(|node| model.nodes[node].output.channels());
    let classes = dim(&normalized.unwrap_or_else(|| port.shape.value.len()));
    let doc = format!("The output `{}` of `{}`.", port.name, spec.name);
    let head = if known { head(&quote!(__k), ends_in) } else { quote!(__k::head::Unknown) };
    quote! {
        #[doc = #doc]
        #lints
        pub struct #name;

        #[automatically_derived]
        #lints
        impl __k::Outputs for #name {
            type Scalar = #scalar;
            type Output = #output;
            type Head = #head;
            const CLASSES: usize = #classes;
        }
    }
}

/// `predict` with the structs, before that of the trait.
fn predict(spec: &Spec) -> TokenStream {
    let (lints, network, scalar) = (lints(), &spec.name, scalar(spec));
    let flat = array(&scalar, &spec.input.value);
    let (input, given) = if spec.inputs.is_empty() {
        (flat, quote!(input))
    } else {
        let name = input_name(spec);
        (quote!(#name), quote!(&<#flat as ::core::convert::From<&#name>>::from(input)))
    };
    let output_array = array(&scalar, &spec.output.value);
    let output = if spec.outputs.is_empty() {
        quote!(&'s #output_array)
    } else {
        let name = output_name(spec);
        quote!(#name<'s>)
    };
    quote! {
        #[automatically_derived]
        #lints
        impl #network {
            /// The output for one input. Allocates nothing.
            pub fn predict<'s>(
                &self,
                input: &#input,
                scratch: &'s mut <Self as __k::Network>::Scratch<1>,
            ) -> #output {
                <Self as __k::Predict>::predict(self, #given, scratch).into()
            }
        }
    }
}
