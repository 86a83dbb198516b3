//! The words of layers in the expansion, where editors find what a word of the declaration means.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};

use super::{PRIVATE, lints};
use crate::{
    layer::{self, network::CUSTOM},
    syntax::Spec,
};

/// Names the documented item of every layer by the token of the declaration, and that of every block,
/// which stands beside them. It comes before all else that has the token: hovers show the first.
pub(crate) fn keywords(spec: &Spec) -> TokenStream {
    let (krate, private, lints) = (&spec.krate, format_ident!("{PRIVATE}"), lints());
    let layers = spec.keywords.iter().filter(|word| is_layer(word));
    let may_be_item = |name: &&Ident| !is_layer(name) && is_name(name);
    let blocks: BTreeSet<&Ident> = spec.blocks.iter().filter(may_be_item).collect();
    let uses = spec.keywords.iter().filter(|word| blocks.contains(word));
    let docs = blocks.iter().map(|name| format!("The block `{name}` of `{}`.", spec.name));
    let blocks = blocks.iter();
    quote! {
        #lints
        const _: () = {
            use #krate::#private::keywords::{#(#layers as _),*};
            #(#[doc = #docs] mod #blocks {})*
            #(use #uses as _;)*
        };
    }
}

fn is_layer(word: &Ident) -> bool {
    let word = word.to_string();
    word == CUSTOM.keyword || layer::find(&word).is_some()
}

/// Whether it is no word of Rust's.
fn is_name(word: &Ident) -> bool {
    syn::parse2::<Ident>(word.to_token_stream()).is_ok()
}
