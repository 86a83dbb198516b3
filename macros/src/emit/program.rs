//! The generated methods: one call a step, over literal ranges of the arenas.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::{call, dim, scalar};
use crate::{
    plan::{
        Buf, Plan, Program, Space, Step,
        packing::{self, Packed},
    },
    shape::Dim,
    syntax::Spec,
};

pub(super) fn methods(spec: &Spec, plan: &Plan) -> TokenStream {
    let infer = infer(spec, plan);
    let forward = forward(spec, plan);
    let seam = seam(plan);
    let backward = backward(spec, plan);
    quote! {
        #infer
        #forward
        #seam
        #backward
    }
}

fn infer(spec: &Spec, plan: &Plan) -> TokenStream {
    let emitter = Emitter::new(spec, plan, &plan.inference, Access::Inference);
    let steps = emitter.steps(&plan.inference.steps);
    let output = emitter.span(plan.output);
    quote! {
        fn infer_from<'s, const B: usize>(
            weights: impl k::Source<Self::Scalar>,
            cpu: k::Cpu,
            inputs: &[Self::Input],
            scratch: &'s mut Self::Scratch<B>,
        ) -> &'s [Self::Output] {
            let rows = k::rows::<B>(inputs.len());
            let input = <Self::Input as k::Array>::flat(inputs);
            let (row, fixed, index) = scratch.split();
            #(#steps)*
            <Self::Output as k::Array>::rows(&row[#output])
        }
    }
}

fn forward(spec: &Spec, plan: &Plan) -> TokenStream {
    let training = &plan.training;
    let emitter = Emitter::new(spec, plan, &training.program, Access::Forward);
    let steps = emitter.steps(&training.program.steps[..training.forward]);
    quote! {
        fn forward_watched<const B: usize>(
            &mut self,
            context: k::Context,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<B>,
            watch: &mut impl ::core::ops::FnMut(usize, &[Self::Scalar]),
        ) {
            let cpu = context.cpu;
            let rows = k::rows::<B>(inputs.len());
            let input = <Self::Input as k::Array>::flat(inputs);
            let (trained, state) = self.parameters.split_mut();
            let (row, fixed, index) = tape.split();
            #(#steps)*
        }
    }
}

fn seam(plan: &Plan) -> TokenStream {
    let training = &plan.training;
    let output = row_span(&training.program, training.output);
    let d_output = row_span(&training.program, training.d_output);
    let d_head = row_span(&training.program, training.d_head);
    quote! {
        fn seam<const B: usize>(
            tape: &mut Self::Tape<B>,
            rows: usize,
            entry: k::Entry,
        ) -> (&[Self::Output], &mut [Self::Output]) {
            let (row, _, _) = tape.split();
            let gradient = match entry {
                k::Entry::Output => #d_output,
                k::Entry::Head => #d_head,
            };
            let [output, gradient] = k::parts(row, [#output, gradient]);
            (
                <Self::Output as k::Array>::rows(output),
                <Self::Output as k::Array>::rows_mut(gradient),
            )
        }
    }
}

fn backward(spec: &Spec, plan: &Plan) -> TokenStream {
    let training = &plan.training;
    let emitter = Emitter::new(spec, plan, &training.program, Access::Backward);
    let head = emitter.steps(&training.program.steps[training.forward..training.head]);
    let body = emitter.steps(&training.program.steps[training.head..]);
    let head = (!head.is_empty()).then(|| {
        quote! {
            if let k::Entry::Output = entry {
                #(#head)*
            }
        }
    });
    quote! {
        fn backward<const B: usize>(
            &self,
            context: k::Context,
            entry: k::Entry,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<B>,
            gradients: &mut [Self::Scalar],
        ) {
            let cpu = context.cpu;
            let rows = k::rows::<B>(inputs.len());
            let input = <Self::Input as k::Array>::flat(inputs);
            let (trained, state) = self.parameters.split();
            let (row, fixed, index) = tape.split();
            #head
            #(#body)*
        }
    }
}

/// Which method is being written: it decides what parameters may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Inference,
    Forward,
    Backward,
}

struct Emitter<'a> {
    scalar: Ident,
    plan: &'a Plan,
    program: &'a Program,
    access: Access,
    packed: Vec<Packed>,
}

impl<'a> Emitter<'a> {
    fn new(spec: &Spec, plan: &'a Plan, program: &'a Program, access: Access) -> Self {
        Self { scalar: scalar(spec), plan, program, access, packed: packing::pack(plan) }
    }

    fn steps(&self, steps: &[Step]) -> Vec<TokenStream> {
        (0..steps.len()).map(|at| self.step(steps, at)).collect()
    }

    /// One step: the parts of the arenas it needs, the call, and the watch of a finished layer.
    fn step(&self, steps: &[Step], at: usize) -> TokenStream {
        let step = &steps[at];
        let operands = Operands::new(self, step);
        let bindings = &operands.bindings;
        let call = call::call(&self.scalar, step, &operands);
        let last = steps.get(at + 1).is_none_or(|next| next.node != step.node);
        let watch = (self.access == Access::Forward && last).then(|| {
            let node = dim(&Dim::from(step.node));
            let y = operands.of(step.verb.writes()[0]);
            quote!(watch(#node, #y);)
        });
        quote! {
            {
                #(#bindings)*
                #call
                #watch
            }
        }
    }

    /// The range of a buffer in its arena.
    fn span(&self, buf: Buf) -> TokenStream {
        match self.program.buffers[buf.0].space {
            Space::Param(param) | Space::Gradient(param) => self.param_span(param),
            Space::Fixed => {
                let (offset, len) = self.place(buf);
                range(&offset, &len)
            }
            Space::Row | Space::Index | Space::Input => row_span(self.program, buf),
        }
    }

    fn place(&self, buf: Buf) -> (Dim, Dim) {
        let buffer = &self.program.buffers[buf.0];
        let offset = buffer.offset.clone().expect("memory is shared out before emission");
        (offset, buffer.shape.len())
    }

    /// A parameter where inference finds it: in the whole arena, or in prepared weights.
    fn weight(&self, param: usize) -> TokenStream {
        let (placed, packed) = (&self.plan.params[param], &self.packed[param]);
        let at = range(&placed.offset, &placed.shape.len());
        let offset = dim(&packed.offset);
        let method = Ident::new(if packed.matrix { "matrix" } else { "values" }, Span::call_site());
        quote!(weights.#method(#at, #offset))
    }

    /// Within the trained range or within the state range.
    fn param_span(&self, param: usize) -> TokenStream {
        let param = &self.plan.params[param];
        let offset = match (param.trained, self.plan.trained.literal(), param.offset.literal()) {
            (false, Some(trained), Some(offset)) => Dim::from(offset - trained),
            _ => param.offset.clone(),
        };
        range(&offset, &param.shape.len())
    }
}

fn range(offset: &Dim, len: &Dim) -> TokenStream {
    let (start, end) = (dim(offset), dim(&Dim::sum([offset.clone(), len.clone()])));
    quote!(#start..#end)
}

/// The range of `rows` samples of a buffer whose share of one sample is `len` scalars from `offset`.
fn row_span(program: &Program, buf: Buf) -> TokenStream {
    let buffer = &program.buffers[buf.0];
    let offset = dim(buffer.offset.as_ref().expect("memory is shared out before emission"));
    let len = dim(&buffer.shape.len());
    quote!(k::span::<B>(#offset, #len, rows))
}

/// The slices that a step works on, by buffer.
pub(super) struct Operands {
    bindings: Vec<TokenStream>,
    names: BTreeMap<Buf, TokenStream>,
}

impl Operands {
    fn new(emitter: &Emitter<'_>, step: &Step) -> Self {
        let mut operands = Self { bindings: Vec::new(), names: BTreeMap::new() };
        let mut arenas: BTreeMap<&'static str, Vec<Buf>> = BTreeMap::new();
        let writes = step.verb.writes();
        for buf in writes.iter().copied().chain(step.verb.reads()) {
            let arena = match emitter.program.buffers[buf.0].space {
                Space::Input => {
                    operands.names.insert(buf, quote!(input));
                    continue;
                }
                Space::Row => "row",
                Space::Fixed => "fixed",
                Space::Index => "index",
                Space::Gradient(_) => "gradients",
                Space::Param(param) if emitter.access == Access::Inference => {
                    operands.names.insert(buf, emitter.weight(param));
                    continue;
                }
                Space::Param(param) if emitter.plan.params[param].trained => "trained",
                Space::Param(_) => "state",
            };
            let bufs = arenas.entry(arena).or_default();
            if !bufs.contains(&buf) {
                bufs.push(buf);
            }
        }
        for (arena, bufs) in arenas {
            let written = bufs.iter().any(|buf| writes.contains(buf));
            operands.bind(emitter, arena, &bufs, written);
        }
        operands
    }

    /// Splits a written arena into the parts a step needs; of one that is only read, lends slices.
    fn bind(&mut self, emitter: &Emitter<'_>, arena: &str, bufs: &[Buf], written: bool) {
        let arena = Ident::new(arena, Span::call_site());
        let spans = bufs.iter().map(|buf| emitter.span(*buf));
        if written {
            let names: Vec<Ident> = bufs.iter().map(|buf| short_name(emitter, *buf)).collect();
            self.bindings.push(quote!(let [#(#names),*] = k::parts(#arena, [#(#spans),*]);));
            for (buf, name) in bufs.iter().zip(names) {
                self.names.insert(*buf, quote!(#name));
            }
        } else {
            for (buf, span) in bufs.iter().zip(spans) {
                self.names.insert(*buf, quote!(&#arena[#span]));
            }
        }
    }

    /// The expression for a buffer.
    pub(super) fn of(&self, buf: Buf) -> &TokenStream {
        &self.names[&buf]
    }
}

/// `conv2d1.y` is `conv2d1_y` in a step, which makes an expansion readable.
fn short_name(emitter: &Emitter<'_>, buf: Buf) -> Ident {
    format_ident!("{}", emitter.program.buffers[buf.0].name.replace('.', "_"))
}
