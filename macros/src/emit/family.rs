//! A family: the networks of one declaration with several values of its constants.
//!
//! Beside a struct for each network stand an alias by values, a trait of all, an enum over them, and
//! the trait of what can be done with any of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{PRIVATE, array, head, lints, scalar, usize_literal};
use crate::{
    model::Model,
    shape::Shape,
    syntax::{
        Spec,
        constants::{Elsewhere, Member},
    },
};

/// The constants of a network as constants of its type: `Mlp32::HIDDEN`.
pub(crate) fn constants(spec: &Spec, member: &Member) -> TokenStream {
    if member.0.is_empty() {
        return TokenStream::new();
    }
    let (name, lints) = (&spec.name, lints());
    let consts = member.0.iter().map(|(constant, value)| {
        let value = usize_literal(*value);
        let doc = format!("The constant `{constant}` of the declaration.");
        let constant = constant_name(constant);
        quote!(#[doc = #doc] pub const #constant: usize = #value;)
    });
    quote! {
        #[automatically_derived]
        #lints
        impl #name {
            #(#consts)*
        }
    }
}

/// Constants elsewhere have the values that they are said to have.
pub(crate) fn elsewhere(spec: &Spec, constants: &Elsewhere) -> TokenStream {
    let Elsewhere { path, words, span, value } = constants;
    let (private, value) = (private(spec), usize_literal(*value));
    let check = quote_spanned! {span.resolved_at(Span::call_site())=>
        const _: () = __k::part::is(#words, #path, #value);
    };
    quote! {
        const _: () = {
            use #private as __k;
            #check
        };
    }
}

/// The name without the place in the declaration where it is a type's.
fn constant_name(name: &Ident) -> Ident {
    Ident::new(&name.to_string(), name.span())
}

/// One network of a family.
type Of = (Member, Spec, Model);

/// What is known of a family.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its constants have mistakes: any values lead to its one network.
    Broken,
    /// Its networks are known, and are `whole` where none has a mistake.
    Known { whole: bool },
}

/// What stands beside the networks; `name` is that of the family.
pub(crate) fn family(name: &Ident, members: &[Of], state: State) -> TokenStream {
    let Some(first) = members.first() else { return TokenStream::new() };
    let names = Names::new(name);
    let alias = alias(&names, first, members, state);
    let network = network_trait(&names, first, members, state);
    let sweep = sweep(&names, &first.1, members);
    let visitor = visitor(&names, &first.1);
    quote!(#alias #network #sweep #visitor)
}

struct Names {
    family: Ident,
    of: Ident,
    member: Ident,
    network: Ident,
    sweep: Ident,
    visitor: Ident,
}

impl Names {
    fn new(family: &Ident) -> Self {
        let [of, member, network, sweep, visitor] = ["Of", "Member", "Network", "Sweep", "Visitor"]
            .map(|what| format_ident!("{family}{what}"));
        Self { family: family.clone(), of, member, network, sweep, visitor }
    }
}

/// `Mlp<32>`, which the enum leads to by a trait over the values. That is asked for behind a type of all
/// values: of an alias that asks itself, rustc says twice that there is no such network.
fn alias(names: &Names, (member, spec, _): &Of, members: &[Of], state: State) -> TokenStream {
    let Names { family, of, member: by_values, network, sweep, .. } = names;
    let (Spec { vis, attrs, .. }, k) = (spec, private(spec));
    let docs = attrs.iter().filter(|attr| attr.path().is_ident("doc"));
    let constants: Vec<Ident> = member.0.iter().map(|(name, _)| constant_name(name)).collect();
    let listed: Vec<String> = members.iter().map(|(member, ..)| written(family, member)).collect();
    let listed = listed.join(", ");
    let doc = format!("A network of the family, by its constants: {listed}.");
    let message = format!("this is no network of the family `{family}`");
    let note = format!("its networks are {listed}");
    let lints = lints();
    let impls = members.iter().map(|(member, spec, _)| {
        let values = member.0.iter().map(|(_, value)| usize_literal(*value));
        let (generics, values) = match state {
            State::Broken => {
                (Some(quote!(<#(const #constants: usize),*>)), quote!(#({ #constants }),*))
            }
            State::Known { .. } => (None, quote!(#(#values),*)),
        };
        let name = &spec.name;
        quote! {
            #[automatically_derived]
            #lints
            impl #generics #of<#values> for #sweep {
                type Network = #name;
            }
        }
    });
    quote! {
        #(#docs)*
        #[doc = ""]
        #[doc = #doc]
        #vis type #family<#(const #constants: usize),*> =
            <#by_values<#({ #constants }),*> as #k::Member>::Network;

        #[doc(hidden)]
        #lints
        #vis struct #by_values<#(const #constants: usize),*>;

        #[automatically_derived]
        #lints
        impl<#(const #constants: usize),*> #k::Member for #by_values<#({ #constants }),*>
        where
            #sweep: #of<#({ #constants }),*>,
        {
            type Network = <#sweep as #of<#({ #constants }),*>>::Network;
        }

        #[doc(hidden)]
        #lints
        #[diagnostic::on_unimplemented(message = #message, label = #message, note = #note)]
        #vis trait #of<#(const #constants: usize),*> {
            type Network: #network;
        }

        #(#impls)*
    }
}

/// `` `Mlp<32, 2>` ``.
fn written(family: &Ident, member: &Member) -> String {
    let values: Vec<_> = member.0.iter().map(|(_, value)| value.to_string()).collect();
    format!("`{family}<{}>`", values.join(", "))
}

/// The trait of all networks, which says what they have in common.
fn network_trait(
    names: &Names,
    (_, spec, model): &Of,
    members: &[Of],
    state: State,
) -> TokenStream {
    let Names { family, network, .. } = names;
    let (vis, lints, k) = (&spec.vis, lints(), private(spec));
    let same = |shape: fn(&Spec) -> &Shape| {
        members.iter().all(|(_, other, _)| shape(other) == shape(spec))
    };
    let scalar = scalar(spec);
    let input = same(|spec| &spec.input.value).then(|| {
        let input = array(&scalar, &spec.input.value);
        quote!(Input = #input,)
    });
    let output = same(|spec| &spec.output.value).then(|| {
        let output = array(&scalar, &spec.output.value);
        quote!(Output = #output,)
    });
    let head = match (spec.outputs.len() > 1, state) {
        (true, _) => quote!(#k::head::Several),
        (false, State::Known { whole: true }) => head(&k, model.head),
        (false, _) => quote!(#k::head::Unknown),
    };
    let doc = format!("Every network of the family [`{family}`].");
    let impls = members.iter().map(|(member, spec, _)| {
        let name = &spec.name;
        let constants = member.0.iter().map(|(constant, value)| {
            let (constant, value) = (constant.to_string(), usize_literal(*value));
            quote!((#constant, #value))
        });
        quote! {
            #[automatically_derived]
            #lints
            impl #network for #name {
                const CONSTANTS: &'static [(&'static str, usize)] = &[#(#constants),*];
            }
        }
    });
    quote! {
        #[doc = #doc]
        #lints
        #vis trait #network: #k::Network<Scalar = #scalar, #input #output Head = #head> {
            /// The names and values of its constants.
            const CONSTANTS: &'static [(&'static str, usize)];
        }

        #(#impls)*
    }
}

/// The enum over all networks.
fn sweep(names: &Names, spec: &Spec, members: &[Of]) -> TokenStream {
    let Names { family, network, sweep, visitor, .. } = names;
    let (vis, lints, k) = (&spec.vis, lints(), private(spec));
    let variants: Vec<&Ident> = members.iter().map(|(_, spec, _)| &spec.name).collect();
    let docs = members.iter().map(|(member, ..)| format!("{}.", written(family, member)));
    let len = usize_literal(members.len());
    let indices = (0..members.len()).map(usize_literal);
    let doc = format!("Any network of the family [`{family}`], to search among them in a loop.");
    let visit_doc = format!("Runs a [`{visitor}`] over the network.");
    let conversions = variants.iter().map(|name| {
        quote! {
            #[automatically_derived]
            #lints
            impl ::core::convert::From<#name> for #sweep {
                fn from(net: #name) -> Self {
                    Self::#name(net)
                }
            }
        }
    });
    let sweep_text = sweep.to_string();
    quote! {
        #[doc = #doc]
        #lints
        #vis enum #sweep {
            #(#[doc = #docs] #variants(#variants)),*
        }

        const _: () = {
            #[allow(unused_imports, clippy::wildcard_imports)]
            use #k::locals::*;

            #[automatically_derived]
            #lints
            impl #sweep {
                /// The number of networks.
                pub const LEN: usize = #len;

                #[doc = #visit_doc]
                pub fn visit<V: #visitor>(&mut self, visitor: V) -> V::Output {
                    match self {
                        #(Self::#variants(net) => visitor.visit(net)),*
                    }
                }

                /// The name of the network.
                #[must_use]
                pub fn name(&self) -> &'static str {
                    match self {
                        #(Self::#variants(_) => <#variants as #k::Network>::NAME),*
                    }
                }

                /// The names and values of its constants.
                #[must_use]
                pub fn constants(&self) -> &'static [(&'static str, usize)] {
                    match self {
                        #(Self::#variants(_) => <#variants as #network>::CONSTANTS),*
                    }
                }

                /// The number of its parameters, trained or not.
                #[must_use]
                pub fn parameters(&self) -> usize {
                    match self {
                        #(Self::#variants(_) => <#variants as #k::Network>::PARAMETERS),*
                    }
                }

                /// Multiply-accumulates of one forward pass of one sample.
                #[must_use]
                pub fn macs(&self) -> usize {
                    match self {
                        #(Self::#variants(_) => <#variants as #k::Network>::MACS),*
                    }
                }
            }

            #k::with_alloc! {
                #[automatically_derived]
                #lints
                impl #sweep {
                    /// The network of a number below `LEN`, with fresh parameters.
                    #[must_use]
                    pub fn init(index: usize, seed: u64) -> ::core::option::Option<Self> {
                        match index {
                            #(#indices => {
                                ::core::option::Option::Some(Self::#variants(#k::Network::init(seed)))
                            })*
                            _ => ::core::option::Option::None,
                        }
                    }

                    /// Every network with fresh parameters, one after the other.
                    pub fn all(seed: u64) -> impl ::core::iter::Iterator<Item = Self> {
                        (0..Self::LEN).filter_map(move |index| Self::init(index, seed))
                    }
                }
            }

            #(#conversions)*

            #[automatically_derived]
            #lints
            impl ::core::clone::Clone for #sweep {
                fn clone(&self) -> Self {
                    match self {
                        #(Self::#variants(net) => Self::#variants(::core::clone::Clone::clone(net))),*
                    }
                }
            }

            #[automatically_derived]
            #lints
            impl ::core::fmt::Debug for #sweep {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        #(Self::#variants(net) => f.debug_tuple(#sweep_text).field(net).finish()),*
                    }
                }
            }
        };
    }
}

/// What can be done with any network of the family: a function that is generic over them.
fn visitor(names: &Names, spec: &Spec) -> TokenStream {
    let Names { family, network, sweep, visitor, .. } = names;
    let (vis, lints) = (&spec.vis, lints());
    let doc = format!(
        "What can be done with any network of the family [`{family}`]; [`{sweep}::visit`] runs it."
    );
    quote! {
        #[doc = #doc]
        #lints
        #vis trait #visitor {
            /// What it yields.
            type Output;

            /// Sees the network.
            fn visit<N: #network>(self, net: &mut N) -> Self::Output;
        }
    }
}

/// The hidden module of the facade.
fn private(spec: &Spec) -> TokenStream {
    let (krate, private) = (&spec.krate, format_ident!("{PRIVATE}"));
    quote!(#krate::#private)
}
