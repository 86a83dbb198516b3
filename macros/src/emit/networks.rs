//! Networks as layers: what is asked of their declaration, their buffers, and the steps that run them.

mod tables;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{
    dim,
    emitter::{Access, Emitter},
    lints,
    operands::Operands,
    scalar, usize_literal,
};
use crate::{
    layer::network::{Inner, Stepping},
    model::{Model, Node},
    plan::{Buf, Nested, PlanParam, Program, Space, Step, Verb},
    shape::Dim,
    syntax::Spec,
};

pub(super) use tables::{architecture, join_params};

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
            quote!(const #name: usize = <#path as __k::Network>::#size;)
        });
        let packed = [("MATRICES", "matrices"), ("VALUES", "values")].map(|(size, function)| {
            let (name, function) = (dim(&inner.symbol(size)), format_ident!("{function}"));
            quote!(const #name: usize = __k::part::#function::<#path>();)
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
            const _: () = __k::part::takes::<#path>(#words, #given);
        };
        let yields = quote_spanned! {shape_span=>
            const _: () = __k::part::yields::<#path>(#words, #stated);
        };
        let logits = is_last(model, node).then(|| {
            quote_spanned! {node.span.resolved_at(Span::call_site())=>
                const _: () = __k::part::logits::<#path>(#words);
            }
        });
        let steps = (inner.stepping == Stepping::AsStated).then(|| {
            quote_spanned! {inner.span.resolved_at(Span::call_site())=>
                const _: () = __k::part::steps::<#path>();
            }
        });
        quote!(#takes #yields #logits #steps)
    });
    quote!(#(#checks)*)
}

/// Whether it is the last to change the values of an output.
fn is_last(model: &Model, node: &Node) -> bool {
    let mut ends = model.ends.iter().filter_map(|end| model.innermost(end.source));
    ends.any(|last| std::ptr::eq(&model.nodes[last], node))
}

/// The buffers of a network with those of the networks that it has as layers around them. Every turn
/// has a tape of its own; scratches hold nothing that a later turn asks for.
pub(super) fn with_buffers(model: &Model, own: TokenStream, tape: bool) -> TokenStream {
    nodes(model).fold(own, |buffers, (node, inner)| {
        let path = &inner.path;
        let inner = if tape && !node.frozen {
            in_turns(node, quote!(<#path as __k::Network>::Tape<{ __B }>))
        } else {
            quote!(<#path as __k::Network>::Scratch<{ __B }>)
        };
        quote!(__k::With<#buffers, #inner>)
    })
}

/// The buffers of every turn, where the layer stands in a `repeat`.
fn in_turns(node: &Node, buffers: TokenStream) -> TokenStream {
    if node.turns.is_empty() {
        return buffers;
    }
    let times = usize_literal(node.times());
    quote!(__k::Turns<#buffers, #times>)
}

/// The networks that one time step runs one time step of.
fn stepping<'m>(model: &'m Model, program: &Program) -> impl Iterator<Item = &'m Inner> {
    let stepped = stepped(program);
    let nodes = model.nodes.iter().enumerate();
    nodes.filter_map(move |(index, node)| {
        node.layer.network().filter(|_| stepped.contains(&index)).map(|inner| &**inner)
    })
}

/// The indices of these, in turns too.
fn stepped(program: &Program) -> Vec<usize> {
    let of = |step: &Step| match &step.verb {
        Verb::Nested(Nested::NetworkStep { .. }) => vec![step.node],
        Verb::Nested(Nested::Repeat { turns, .. }) => stepped(&turns.plan.step_program().program),
        _ => Vec::new(),
    };
    program.steps.iter().flat_map(of).collect()
}

/// What is asked of them where the network is asked for its `step`: the lifetime has rustc not ask
/// before, where it would be an error that there is none.
pub(super) fn step_bounds(model: &Model, program: &Program) -> TokenStream {
    let bounds = stepping(model, program).map(|inner| {
        let (path, span) = (&inner.path, inner.span.resolved_at(Span::call_site()));
        quote_spanned!(span=> for<'a> #path: __k::part::Stepped<'a>,)
    });
    quote!(#(#bounds)*)
}

/// The state of a network with the states of these around it, and the buffers of the other ones.
pub(super) fn with_states(model: &Model, program: &Program, own: TokenStream) -> TokenStream {
    let stepped: Vec<&Inner> = stepping(model, program).collect();
    nodes(model).fold(own, |state, (node, inner)| {
        let path = &inner.path;
        let inner = if stepped.contains(&inner) {
            in_turns(node, quote!(<#path as __k::Causal>::State))
        } else {
            quote!(<#path as __k::Network>::Scratch<1>)
        };
        quote!(__k::With<#state, #inner>)
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

/// A tape or a state: in a turn its own.
fn turn_buffers(emitter: &Emitter<'_>, inner: &Inner) -> TokenStream {
    let buffers = buffers_name(inner);
    if emitter.in_turn { quote!(#buffers.at(turn)) } else { quote!(#buffers) }
}

/// A function of a network as a layer: that it is none is an error at its path.
fn function(inner: &Inner, scalar: &Ident, name: &str) -> TokenStream {
    let (path, span) = (&inner.path, inner.span.resolved_at(Span::call_site()));
    let (scalar, name) = (Ident::new(&scalar.to_string(), span), Ident::new(name, span));
    quote_spanned!(span=> <#path as __k::part::Layer<#scalar>>::#name)
}

/// The call of a step, if it is that of a network.
pub(super) fn call(emitter: &Emitter<'_>, step: &Step, operands: &Operands) -> Option<TokenStream> {
    let stream = operands.layer(step.node);
    let function = |inner: &Inner, name| function(inner, &emitter.scalar, name);
    let of = |buf: &Buf| operands.of(*buf);
    Some(match &step.verb {
        Verb::Nested(Nested::Network { y, x, params, inner }) => {
            let (y, x, buffers) = (of(y), of(x), buffers_name(inner));
            let infer = function(inner, "layer_infer");
            let place = place(emitter, inner, *params);
            let weights = match emitter.access {
                Access::Inference | Access::Step => quote!(&weights),
                _ => quote!(&&*state),
            };
            quote!(#infer::<{ __B }>(#weights, #place, cpu, #y, #x, #buffers);)
        }
        Verb::Nested(Nested::NetworkStep { y, x, params, inner }) => {
            let (y, x, buffers) = (of(y), of(x), turn_buffers(emitter, inner));
            let (step, place) = (function(inner, "layer_step"), place(emitter, inner, *params));
            quote!(#step(&weights, #place, cpu, #y, #x, #buffers);)
        }
        Verb::Nested(Nested::NetworkTraining { y, x, params: [trained, state], inner }) => {
            let forward = function(inner, "layer_forward");
            let buffers = turn_buffers(emitter, inner);
            let [trained, state, y, x] = [trained, state, y, x].map(of);
            quote! {
                #forward::<{ __B }>((#trained, #state), context, #stream, #y, #x, #buffers);
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
            let backward = function(inner, "layer_backward");
            let buffers = turn_buffers(emitter, inner);
            let [gradient, trained, state, dy, x] = [gradient, trained, state, dy, x].map(of);
            let input = dx.map(|dx| {
                let dx = operands.of(dx);
                let input = function(inner, "layer_backward_input");
                quote!(#input::<{ __B }>(#dx, #buffers);)
            });
            quote! {
                #backward::<{ __B }>(
                    #gradient, (#trained, #state), context, #stream, #dy, #x, #buffers,
                );
                #input
            }
        }
        _ => return None,
    })
}

/// Where the parameters lie: in prepared weights too, or in the state of a network that trains.
fn place(emitter: &Emitter<'_>, inner: &Inner, [trained, state]: [Buf; 2]) -> TokenStream {
    let [trained, state] = [trained, state].map(|buf| match emitter.space(buf) {
        Space::Param(param) => *param,
        _ => unreachable!("the ranges of a network are parameters"),
    });
    let [trained, matrices] = emitter.starts(trained, &inner.symbol("MATRICES"));
    let [state, values] = emitter.starts(state, &inner.symbol("VALUES"));
    place_of([trained, state, matrices, values])
}

fn place_of([trained, state, matrices, values]: [TokenStream; 4]) -> TokenStream {
    quote! {
        __k::part::Place {
            trained: #trained,
            state: #state,
            matrices: #matrices,
            values: #values,
        }
    }
}

/// The methods that lend the parameters of a network: `net.body()`.
pub(super) fn views(spec: &Spec, node: &Node, inner: &Inner, ranges: &[&PlanParam]) -> TokenStream {
    let (network, lints, scalar) = (&spec.name, lints(), scalar(spec));
    let [inside, inside_mut] = ["inside", "inside_mut"].map(|name| function(inner, &scalar, name));
    let path = &inner.path;
    let method = Ident::new(&node.name, node.span.resolved_at(Span::call_site()));
    let method_mut = format_ident!("{}_mut", node.name);
    let turns = if node.turns.is_empty() { "" } else { ", by turn" };
    let doc = format!("The parameters of `{}`, a `{}`{turns}.", node.name, inner.words);
    let doc_mut =
        format!("The parameters of `{}`, a `{}`{turns}, writable.", node.name, inner.words);
    let [ty, ty_mut] = ["Inside", "InsideMut"].map(|name| {
        let name = Ident::new(name, Span::call_site());
        of_turns(node, quote!(__k::part::#name<'_, #path>), |one, times| quote!([#one; #times]))
    });
    let [all, all_mut] = [inside, inside_mut].map(|inside| lend(node, &inside));
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
            pub fn #method(&self) -> #ty {
                let all = self.parameters.all();
                let [trained, state] = [#(&all[#ranges]),*];
                #all
            }

            #[doc = #doc_mut]
            #[must_use]
            pub fn #method_mut(&mut self) -> #ty_mut {
                let [trained, state] = __k::parts(self.parameters.all_mut(), [#(#ranges),*]);
                #all_mut
            }
        }
    }
}

/// The two ranges as one layer, or as an array over the turns.
fn lend(node: &Node, inside: &TokenStream) -> TokenStream {
    if node.turns.is_empty() {
        return quote!(#inside(trained, state));
    }
    let turns =
        of_turns(node, quote!(all.next_turn()), |one, _| quote!(::core::array::from_fn(|_| #one)));
    quote! {
        let mut all = #inside(trained, state);
        #turns
    }
}

/// What `array` makes of `one` for every `repeat` around the layer, from inside out.
fn of_turns(
    node: &Node,
    one: TokenStream,
    array: impl Fn(TokenStream, TokenStream) -> TokenStream,
) -> TokenStream {
    node.turns.iter().rev().fold(one, |one, times| array(one, usize_literal(*times)))
}

/// What a network has that is declared with `#[part]`.
pub(super) fn part(model: &Model, name: &Ident, d_input: Option<TokenStream>) -> TokenStream {
    let (lints, split) = (lints(), split(model, &format_ident!("tape")));
    let body = match d_input {
        Some(d_input) => quote! {
            #split
            let (row, _, _) = tape.split();
            <Self::Input as __k::Array>::rows(&row[#d_input])
        },
        None => quote!(::core::panic!("this network has errors")),
    };
    quote! {
        #[automatically_derived]
        #lints
        impl __k::part::Part for #name {
            fn d_input<const __B: usize>(tape: &mut Self::Tape<{ __B }>, rows: usize) -> &[Self::Input] {
                #body
            }
        }
    }
}
