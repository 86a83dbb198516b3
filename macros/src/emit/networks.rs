//! Networks as layers: what is asked of their declaration, their buffers, and the steps that run them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{
    dim, lints,
    program::{Access, Emitter, Operands},
    scalar, usize_literal,
};
use crate::{
    layer::network::Inner,
    model::{Model, Node},
    plan::{Buf, Nested, PlanParam, Program, Space, Step, Verb},
    shape::Dim,
    syntax::Spec,
};

/// The networks among the layers.
pub(super) fn nodes(model: &Model) -> impl DoubleEndedIterator<Item = (&Node, &Inner)> {
    model.nodes.iter().filter_map(|node| Some((node, &**node.layer.network()?)))
}

/// The sizes that their declarations know.
pub(super) fn sizes(model: &Model) -> TokenStream {
    let sizes = nodes(model).map(|(_, inner)| {
        let path = &inner.path;
        let of_trait = ["TRAINED", "STATE", "PARAMETERS", "MACS"].map(|size| {
            let (name, size) = (dim(&inner.symbol(size)), format_ident!("{size}"));
            quote!(const #name: usize = <#path as k::Network>::#size;)
        });
        let packed = [("MATRICES", "matrices"), ("VALUES", "values")].map(|(size, function)| {
            let (name, function) = (dim(&inner.symbol(size)), format_ident!("{function}"));
            quote!(const #name: usize = k::part::#function::<#path>();)
        });
        let lints = lints();
        quote!(#(#lints #of_trait)* #(#lints #packed)*)
    });
    quote!(#(#sizes)*)
}

/// They take and yield what the layers around them do.
pub(super) fn checks(model: &Model) -> TokenStream {
    let checks = nodes(model).map(|(node, inner)| {
        let Inner { path, words, output, .. } = inner;
        let [given, stated] = [&node.input, &output.value].map(|shape| {
            let sizes = shape.dims().iter().map(dim);
            quote!(&[#(#sizes),*])
        });
        let shape_span = output.span.resolved_at(Span::call_site());
        let takes = quote_spanned! {node.span.resolved_at(Span::call_site())=>
            const _: () = k::part::takes::<#path>(#words, #given);
        };
        let yields = quote_spanned! {shape_span=>
            const _: () = k::part::yields::<#path>(#words, #stated);
        };
        let logits = is_last(model, node).then(|| {
            quote_spanned! {node.span.resolved_at(Span::call_site())=>
                const _: () = k::part::logits::<#path>(#words);
            }
        });
        quote!(#takes #yields #logits)
    });
    quote!(#(#checks)*)
}

/// Whether it is the last to change the values of an output.
fn is_last(model: &Model, node: &Node) -> bool {
    let mut ends = model.ends.iter().filter_map(|end| model.changing(end.source));
    ends.any(|last| std::ptr::eq(&model.nodes[last], node))
}

/// The buffers of a network with those of the networks that it has as layers around them.
pub(super) fn with_buffers(model: &Model, own: TokenStream, tape: bool) -> TokenStream {
    nodes(model).fold(own, |buffers, (node, inner)| {
        let path = &inner.path;
        let kind = if tape && !node.frozen { "Tape" } else { "Scratch" };
        let kind = Ident::new(kind, Span::call_site());
        quote!(k::With<#buffers, <#path as k::Network>::#kind<B>>)
    })
}

/// The networks that one time step runs one time step of.
fn stepping<'m>(model: &'m Model, program: &Program) -> impl Iterator<Item = &'m Inner> {
    let steps = program.steps.iter();
    let stepped: Vec<usize> = steps
        .filter(|step| matches!(step.verb, Verb::Nested(Nested::NetworkStep { .. })))
        .map(|step| step.node)
        .collect();
    let nodes = model.nodes.iter().enumerate();
    nodes.filter_map(move |(index, node)| {
        node.layer.network().filter(|_| stepped.contains(&index)).map(|inner| &**inner)
    })
}

/// What is asked of them where the network is asked for its `step`: the lifetime has rustc not ask
/// before, where it would be an error that there is none.
pub(super) fn step_bounds(model: &Model, program: &Program) -> TokenStream {
    let bounds = stepping(model, program).map(|inner| {
        let (path, span) = (&inner.path, inner.span.resolved_at(Span::call_site()));
        quote_spanned!(span=> for<'a> #path: k::part::Stepped<'a>,)
    });
    quote!(#(#bounds)*)
}

/// The state of a network with the states of these around it, and the buffers of the other ones.
pub(super) fn with_states(model: &Model, program: &Program, own: TokenStream) -> TokenStream {
    let stepped: Vec<&Inner> = stepping(model, program).collect();
    nodes(model).fold(own, |state, (_, inner)| {
        let path = &inner.path;
        if stepped.contains(&inner) {
            quote!(k::With<#state, <#path as k::Causal>::State>)
        } else {
            quote!(k::With<#state, <#path as k::Network>::Scratch<1>>)
        }
    })
}

/// Takes these buffers apart again: `tape` is then the network's own.
pub(super) fn split(model: &Model, buffers: &Ident) -> TokenStream {
    let splits = nodes(model).rev().map(|(_, inner)| {
        let inner = buffers_name(inner);
        quote!(let (#buffers, #inner) = #buffers.split();)
    });
    quote!(#(#splits)*)
}

fn buffers_name(inner: &Inner) -> Ident {
    format_ident!("{}_network", inner.name)
}

/// A function of a network as a layer: that it is none is an error at its path.
fn function(inner: &Inner, scalar: &Ident, name: &str) -> TokenStream {
    let (path, span) = (&inner.path, inner.span.resolved_at(Span::call_site()));
    let (scalar, name) = (Ident::new(&scalar.to_string(), span), Ident::new(name, span));
    quote_spanned!(span=> <#path as k::part::Layer<#scalar>>::#name)
}

/// The call of a step, if it is that of a network.
pub(super) fn call(emitter: &Emitter<'_>, step: &Step, operands: &Operands) -> Option<TokenStream> {
    let index = usize_literal(step.node);
    let function = |inner: &Inner, name| function(inner, &emitter.scalar, name);
    let of = |buf: &Buf| operands.of(*buf);
    Some(match &step.verb {
        Verb::Nested(Nested::Network { y, x, params, inner }) => {
            let (y, x, buffers) = (of(y), of(x), buffers_name(inner));
            let infer = function(inner, "layer_infer");
            let place = place(emitter, *params);
            let weights = match emitter.access {
                Access::Inference | Access::Step => quote!(&weights),
                _ => quote!(&&*state),
            };
            quote!(#infer::<B>(#weights, #place, cpu, #y, #x, #buffers);)
        }
        Verb::Nested(Nested::NetworkStep { y, x, params, inner }) => {
            let (y, x, buffers) = (of(y), of(x), buffers_name(inner));
            let (step, place) = (function(inner, "layer_step"), place(emitter, *params));
            quote!(#step(&weights, #place, cpu, #y, #x, #buffers);)
        }
        Verb::Nested(Nested::NetworkTraining { y, x, params: [trained, state], inner }) => {
            let (forward, buffers) = (function(inner, "layer_forward"), buffers_name(inner));
            let [trained, state, y, x] = [trained, state, y, x].map(of);
            quote! {
                #forward::<B>((#trained, #state), context, #index, #y, #x, #buffers);
            }
        }
        Verb::Nested(Nested::NetworkGrad {
            dx,
            gradient,
            dy,
            x,
            params: [trained, state],
            inner,
        }) => {
            let (backward, buffers) = (function(inner, "layer_backward"), buffers_name(inner));
            let [gradient, trained, state, dy, x] = [gradient, trained, state, dy, x].map(of);
            let input = dx.map(|dx| {
                let dx = operands.of(dx);
                let input = function(inner, "layer_backward_input");
                quote!(#input::<B>(#dx, #buffers);)
            });
            quote! {
                #backward::<B>(
                    #gradient, (#trained, #state), context, #index, #dy, #x, #buffers,
                );
                #input
            }
        }
        _ => return None,
    })
}

/// Where the parameters lie: in prepared weights too, or in the state of a network that trains.
fn place(emitter: &Emitter<'_>, [trained, state]: [Buf; 2]) -> TokenStream {
    let [trained, state] = [trained, state].map(|buf| match emitter.space(buf) {
        Space::Param(param) => *param,
        _ => unreachable!("the ranges of a network are parameters"),
    });
    let ([trained_at, matrices], [state_at, values]) =
        (emitter.starts(trained), emitter.starts(state));
    quote! {
        k::part::Place {
            trained: #trained_at,
            state: #state_at,
            matrices: #matrices,
            values: #values,
        }
    }
}

/// The table of all parameters, from that of the network's own.
pub(super) fn join_params(
    model: &Model,
    placed: &[PlanParam],
    packed: &[Dim],
    own: &[TokenStream],
) -> TokenStream {
    let parts: Vec<TokenStream> = model
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(index, node)| Some((index, node, node.layer.network()?)))
        .map(|(index, node, inner)| {
            let (path, frozen) = (&inner.path, node.frozen);
            let (prefix, layer) = (format!("{}.", inner.name), usize_literal(index));
            let trained = dim(&inner.symbol("TRAINED"));
            let mut ranges = placed.iter().zip(packed).filter(|(param, _)| param.node == index);
            let [first, second] = [ranges.next(), ranges.next()].map(|range| {
                let (param, packed) = range.expect("a network has two ranges");
                [dim(&param.offset), dim(packed)]
            });
            let ([trained_at, matrices], [state_at, values]) = (first, second);
            quote! {
                k::part::PartParams {
                    params: <#path as k::Network>::PARAMS,
                    trained: #trained,
                    names: &k::part::names::<#path, { k::part::names_len::<#path>(#prefix) }>(#prefix),
                    prefix: #prefix,
                    layer: #layer,
                    frozen: #frozen,
                    place: k::part::Place {
                        trained: #trained_at,
                        state: #state_at,
                        matrices: #matrices,
                        values: #values,
                    },
                }
            }
        })
        .collect();
    let lens = nodes(model).map(|(_, inner)| {
        let path = &inner.path;
        quote!(<#path as k::Network>::PARAMS.len())
    });
    let own_len = usize_literal(own.len());
    quote! {
        &k::part::join_params::<{ #own_len #(+ #lens)* }>(&[#(#own),*], &[#(#parts),*])
    }
}

/// Architecture and fingerprint, which say those of the layers too.
pub(super) fn architecture(model: &Model) -> TokenStream {
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
            quote!(#title, <#path as k::Network>::ARCHITECTURE)
        })
        .collect();
    let parts = quote!(&[#own, #(#parts),*]);
    quote! {
        const ARCHITECTURE: &'static str =
            k::part::text(&k::part::join_text::<{ k::part::text_len(#parts) }>(#parts));
        const FINGERPRINT: &'static str = k::part::text(&k::part::fingerprint(Self::ARCHITECTURE));
    }
}

/// The methods that lend the parameters of a network: `net.body()`.
pub(super) fn views(spec: &Spec, node: &Node, inner: &Inner, ranges: &[&PlanParam]) -> TokenStream {
    let (network, lints, scalar) = (&spec.name, lints(), scalar(spec));
    let [inside, inside_mut] = ["inside", "inside_mut"].map(|name| function(inner, &scalar, name));
    let path = &inner.path;
    let method = Ident::new(&node.name, node.span.resolved_at(Span::call_site()));
    let method_mut = format_ident!("{}_mut", node.name);
    let doc = format!("The parameters of `{}`, a `{}`.", node.name, inner.words);
    let doc_mut = format!("The parameters of `{}`, a `{}`, writable.", node.name, inner.words);
    let ranges = ranges.iter().map(|range| {
        let end = dim(&Dim::sum([range.offset.clone(), range.whole_len()]));
        let start = dim(&range.offset);
        quote!(#start..#end)
    });
    let ranges: Vec<TokenStream> = ranges.collect();
    quote! {
        #[automatically_derived]
        #lints
        impl #network {
            #[doc = #doc]
            #[must_use]
            pub fn #method(&self) -> k::part::Inside<'_, #path> {
                let all = self.parameters.all();
                let [trained, state] = [#(&all[#ranges]),*];
                #inside(trained, state)
            }

            #[doc = #doc_mut]
            #[must_use]
            pub fn #method_mut(&mut self) -> k::part::InsideMut<'_, #path> {
                let [trained, state] = k::parts(self.parameters.all_mut(), [#(#ranges),*]);
                #inside_mut(trained, state)
            }
        }
    }
}

/// What a network has that is declared with `#[part]`.
pub(super) fn part(model: &Model, name: &Ident, d_input: Option<TokenStream>) -> TokenStream {
    let (lints, split) = (lints(), split(model, &format_ident!("tape")));
    let body = match d_input {
        Some(d_input) => quote! {
            #split
            let (row, _, _) = tape.split();
            <Self::Input as k::Array>::rows(&row[#d_input])
        },
        None => quote!(::core::panic!("this network has errors")),
    };
    quote! {
        #[automatically_derived]
        #lints
        impl k::part::Part for #name {
            fn d_input<const B: usize>(tape: &mut Self::Tape<B>, rows: usize) -> &[Self::Input] {
                #body
            }
        }
    }
}
