//! Typed views: `net.dense1().weight()`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{array, dim, lints, names::Taken, networks, scalar};
use crate::{
    model::{Model, Node, is_method},
    plan::PlanParam,
    shape::Dim,
    syntax::Spec,
};

/// For every layer with parameters two structs of views, and the methods that lend them.
pub(super) fn views(spec: &Spec, model: &Model, placed: &[PlanParam]) -> TokenStream {
    let (mut names, taken) = (BTreeSet::new(), Taken::of(spec));
    let layers = model.nodes.iter().enumerate();
    let layers = layers.filter(|(_, node)| !node.params.is_empty() && is_plain(&node.name));
    let layers = layers.filter(|(_, node)| names.insert(camel(&node.name)));
    let views = layers.map(|(index, node)| {
        let params = placed.iter().filter(|param| param.node == index);
        let params = params.collect::<Vec<_>>();
        match node.layer.network() {
            Some(inner) => networks::views(spec, node, inner, &params),
            None => layer(spec, node, &params, &taken),
        }
    });
    quote!(#(#views)*)
}

/// Not so for names that are mistakes, such as `struct`, and those that would hide `init`.
fn is_plain(name: &str) -> bool {
    !name.starts_with("r#") && syn::parse_str::<Ident>(name).is_ok() && !is_method(name)
}

fn layer(spec: &Spec, node: &Node, params: &[&PlanParam], taken: &Taken) -> TokenStream {
    let (network, lints) = (&spec.name, lints());
    let method = Ident::new(&node.name, node.span.resolved_at(proc_macro2::Span::call_site()));
    let method_mut = format_ident!("{}_mut", node.name);
    let [view, view_mut] = ["Parameters", "ParametersMut"]
        .map(|what| taken.free(&format!("{}{what}", camel(&node.name))));
    let doc = format!("The parameters of `{}`.", node.name);
    let doc_mut = format!("The parameters of `{}`, writable.", node.name);
    let traits = traits(&view, &view_mut);
    let read = params.iter().map(|param| read(spec, param));
    let write = params.iter().map(|param| write(spec, param));
    quote! {
        #[doc = #doc]
        #lints
        pub struct #view<'a>(&'a #network);

        #[doc = #doc_mut]
        #lints
        pub struct #view_mut<'a>(&'a mut #network);

        #traits

        #[automatically_derived]
        #lints
        impl #network {
            #[doc = #doc]
            #[must_use]
            pub fn #method(&self) -> #view<'_> {
                #view(self)
            }

            #[doc = #doc_mut]
            #[must_use]
            pub fn #method_mut(&mut self) -> #view_mut<'_> {
                #view_mut(self)
            }
        }

        #[automatically_derived]
        #lints
        impl<'a> #view<'a> {
            #(#read)*
        }

        #[automatically_derived]
        #lints
        impl #view_mut<'_> {
            #(#write)*
        }
    }
}

/// Written out: what `derive(Clone, Copy)` writes has the word `unsafe`.
fn traits(view: &Ident, view_mut: &Ident) -> TokenStream {
    let lints = lints();
    let debug = [view, view_mut].map(|name| {
        let text = name.to_string();
        quote! {
            #[automatically_derived]
            #lints
            impl ::core::fmt::Debug for #name<'_> {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_tuple(#text).field(&self.0).finish()
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        #lints
        impl ::core::clone::Clone for #view<'_> {
            fn clone(&self) -> Self {
                *self
            }
        }

        #[automatically_derived]
        #lints
        impl ::core::marker::Copy for #view<'_> {}

        #(#debug)*
    }
}

fn read(spec: &Spec, param: &PlanParam) -> TokenStream {
    let name = format_ident!("{}", param.name);
    let ty = array(&scalar(spec), &param.whole());
    let (start, end) = bounds(param);
    let doc = format!("`{}`.", param.whole());
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn #name(self) -> __k::View<'a, #ty> {
            __k::View::new(&self.0.parameters.all()[#start..#end])
        }
    }
}

fn write(spec: &Spec, param: &PlanParam) -> TokenStream {
    let name = format_ident!("{}", param.name);
    let ty = array(&scalar(spec), &param.whole());
    let (start, end) = bounds(param);
    let doc = format!("`{}`, writable.", param.whole());
    quote! {
        #[doc = #doc]
        #[must_use]
        pub fn #name(&mut self) -> __k::ViewMut<'_, #ty> {
            __k::ViewMut::new(&mut self.0.parameters.all_mut()[#start..#end])
        }
    }
}

fn bounds(param: &PlanParam) -> (TokenStream, TokenStream) {
    let end = Dim::sum([param.offset.clone(), param.whole_len()]);
    (dim(&param.offset), dim(&end))
}

/// `dense1` is `Dense1`, `body_out` is `BodyOut`.
pub(super) fn camel(name: &str) -> String {
    name.split('_')
        .flat_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str())
        })
        .collect()
}
