//! The generated methods: one call a step, over literal ranges of the arenas.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::{call, dim, networks, repeat, scalar, usize_literal};
use crate::{
    model::Model,
    plan::{
        Buf, Plan, PlanParam, Program, STREAMS, Space, Step, Stepping,
        packing::{self, Packed, Packing},
    },
    shape::Dim,
    syntax::Spec,
};

pub(super) fn methods(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    let [scratch, tape] = ["scratch", "tape"].map(|name| Ident::new(name, Span::call_site()));
    let (split_scratch, split) = (networks::split(model, &scratch), networks::split(model, &tape));
    let infer = infer(spec, plan, &split_scratch);
    let forward = forward(spec, plan, &split);
    let seam = seam(plan, &split);
    let backward = backward(spec, plan, &split);
    quote! {
        #infer
        #forward
        #seam
        #backward
    }
}

fn infer(spec: &Spec, plan: &Plan, split: &TokenStream) -> TokenStream {
    let emitter = Emitter::new(spec, plan, &plan.inference, Access::Inference);
    let steps = emitter.steps(&plan.inference.steps);
    let output = emitter.span(plan.output);
    quote! {
        fn infer_from<'s, const __B: usize>(
            weights: impl __k::Source<Self::Scalar>,
            cpu: __k::Cpu,
            inputs: &[Self::Input],
            scratch: &'s mut Self::Scratch<{ __B }>,
        ) -> &'s [Self::Output] {
            let rows = __k::rows::<{ __B }>(inputs.len());
            let input = <Self::Input as __k::Array>::flat(inputs);
            #split
            let (row, fixed, index) = scratch.split();
            #(#steps)*
            <Self::Output as __k::Array>::rows(&row[#output])
        }
    }
}

fn forward(spec: &Spec, plan: &Plan, split: &TokenStream) -> TokenStream {
    let training = &plan.training;
    let emitter = Emitter::new(spec, plan, &training.program, Access::Forward);
    let steps = emitter.steps(&training.program.steps[..training.forward]);
    quote! {
        fn forward_with<const __B: usize>(
            (trained, state): (&[Self::Scalar], &mut [Self::Scalar]),
            context: __k::Context,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<{ __B }>,
            watch: &mut impl ::core::ops::FnMut(usize, &[Self::Scalar]),
        ) {
            let cpu = context.cpu;
            let rows = __k::rows::<{ __B }>(inputs.len());
            let input = <Self::Input as __k::Array>::flat(inputs);
            #split
            let (row, fixed, index) = tape.split();
            #(#steps)*
        }
    }
}

fn seam(plan: &Plan, split: &TokenStream) -> TokenStream {
    let training = &plan.training;
    let output = row_span(&training.program, training.output);
    let d_output = row_span(&training.program, training.d_output);
    let d_head = row_span(&training.program, training.d_head);
    quote! {
        fn seam<const __B: usize>(
            tape: &mut Self::Tape<{ __B }>,
            rows: usize,
            entry: __k::Entry,
        ) -> (&[Self::Output], &mut [Self::Output]) {
            #split
            let (row, _, _) = tape.split();
            let gradient = match entry {
                __k::Entry::Output | __k::Entry::Each(_) => #d_output,
                __k::Entry::Head => #d_head,
            };
            let [output, gradient] = __k::parts(row, [#output, gradient]);
            (
                <Self::Output as __k::Array>::rows(output),
                <Self::Output as __k::Array>::rows_mut(gradient),
            )
        }
    }
}

fn backward(spec: &Spec, plan: &Plan, split: &TokenStream) -> TokenStream {
    let training = &plan.training;
    let emitter = Emitter::new(spec, plan, &training.program, Access::Backward);
    let head = emitter.steps(&training.program.steps[training.forward..training.head]);
    let deferred = training.program.steps.len() - training.deferred;
    let body = emitter.steps(&training.program.steps[training.head..deferred]);
    let deferred = emitter.deferred(&training.program.steps[deferred..], split);
    let head = (!head.is_empty()).then(|| {
        quote! {
            if let __k::Entry::Output | __k::Entry::Each(_) = entry {
                #(#head)*
            }
        }
    });
    quote! {
        fn backward_until_deferred<const __B: usize>(
            (trained, state): (&[Self::Scalar], &[Self::Scalar]),
            context: __k::Context,
            entry: __k::Entry,
            inputs: &[Self::Input],
            tape: &mut Self::Tape<{ __B }>,
            gradients: &mut [Self::Scalar],
        ) {
            let cpu = context.cpu;
            let rows = __k::rows::<{ __B }>(inputs.len());
            let input = <Self::Input as __k::Array>::flat(inputs);
            #split
            let (row, fixed, index) = tape.split();
            #head
            #(#body)*
        }

        #deferred
    }
}

/// The gradients of the inputs, where the network yields them.
pub(super) fn d_input(plan: &Plan) -> TokenStream {
    let d_input = plan.training.d_input.expect("a part has the gradient of its input");
    row_span(&plan.training.program, d_input)
}

/// One time step, of a network that goes over sequences step by step.
pub(super) fn step(spec: &Spec, model: &Model, plan: &Plan, stepping: &Stepping) -> TokenStream {
    let split = networks::split(model, &Ident::new("state", Span::call_site()));
    let emitter = Emitter::new(spec, plan, &stepping.program, Access::Step);
    let steps = emitter.steps(&stepping.program.steps);
    let output = emitter.span(stepping.output);
    let kept = dim(&stepping.program.kept);
    quote! {
        fn step_from<'s>(
            weights: impl __k::Source<Self::Scalar>,
            cpu: __k::Cpu,
            state: &'s mut Self::State,
            sample: &Self::Sample,
        ) -> &'s Self::StepOutput {
            const __B: usize = 1;
            let rows = __B;
            let input = <Self::Sample as __k::Array>::flat(::core::slice::from_ref(sample));
            #split
            let (row, fixed, index) = state.split();
            let (time, kept, fixed) = __k::clock(fixed, #kept);
            #(#steps)*
            &<Self::StepOutput as __k::Array>::rows(&row[#output])[0]
        }
    }
}

/// Which method is being written: it decides what parameters may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Inference,
    Step,
    Forward,
    Backward,
}

pub(super) struct Emitter<'a> {
    pub(super) scalar: Ident,
    plan: &'a Plan,
    program: &'a Program,
    pub(super) access: Access,
    /// Whether the steps are those of a turn, by the number `turn`.
    pub(super) in_turn: bool,
    /// The places of the parameters of the plan in prepared weights.
    packed: Vec<Packed>,
}

impl<'a> Emitter<'a> {
    fn new(spec: &Spec, plan: &'a Plan, program: &'a Program, access: Access) -> Self {
        let (scalar, packed) = (scalar(spec), packing::pack(plan));
        Self { scalar, plan, program, access, in_turn: false, packed }
    }

    /// Of the turns of a `repeat` within.
    pub(super) fn within<'t>(&self, plan: &'t Plan, program: &'t Program) -> Emitter<'t> {
        let (scalar, access) = (self.scalar.clone(), self.access);
        let packed = packing::within(&self.plan.params, &self.packed, &plan.params);
        Emitter { scalar, plan, program, access, in_turn: true, packed }
    }

    pub(super) fn steps(&self, steps: &[Step]) -> Vec<TokenStream> {
        (0..steps.len()).map(|at| self.step(steps, at)).collect()
    }

    /// One step: the parts of the arenas it needs, the call, and the watch of a finished layer.
    fn step(&self, steps: &[Step], at: usize) -> TokenStream {
        let step = &steps[at];
        let (writes, reads, full) = repeat::named(&step.verb);
        let operands = Operands::new(self, &writes, &reads, &full);
        let bindings = &operands.bindings;
        let special = repeat::turns(self, &step.verb, &operands);
        let call = match special.or_else(|| networks::call(self, step, &operands)) {
            Some(call) => call,
            None => self.with_entry(step, &operands, call::call(&self.scalar, step, &operands)),
        };
        let last = steps.get(at + 1).is_none_or(|next| next.node != step.node);
        let watch = (self.access == Access::Forward && last).then(|| {
            let node = dim(&Dim::from(step.node));
            let y = operands.of(writes[0]);
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

    /// The call of the head of one of several outputs is left out where the gradient enters behind it.
    fn with_entry(&self, step: &Step, operands: &Operands, call: TokenStream) -> TokenStream {
        let Some(output) = step.head else { return call };
        let (dx, dy) = (step.verb.writes()[0], step.verb.reads()[0]);
        let (to, from) = (operands.of(dx), operands.of(dy));
        let pass = (dx != dy).then(|| quote!(else { #to.copy_from_slice(#from); }));
        let output = dim(&Dim::from(output));
        quote!(if entry.is_at_output(#output) { #call } #pass)
    }

    /// The range of a buffer in its arena.
    pub(super) fn span(&self, buf: Buf) -> TokenStream {
        match self.program.buffers[buf.0].space {
            Space::Param(param) | Space::Gradient(param) => self.param_span(param),
            Space::Fixed | Space::Kept => {
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
        let len = placed.whole_len();
        let at = self.turn_range(&placed.offset, &len);
        let offset = self.turn_start(&packed.offset, &len);
        let method = match packed.packing {
            Packing::Plain => "values",
            Packing::Matrix => "matrix",
            Packing::Filter(_) => "filter",
        };
        let method = Ident::new(method, Span::call_site());
        quote!(weights.#method(#at, #offset))
    }

    /// Within the trained range or within the state range.
    fn param_span(&self, param: usize) -> TokenStream {
        self.turn_range(&self.offset(param), &self.plan.params[param].whole_len())
    }

    fn offset(&self, param: usize) -> Dim {
        let PlanParam { offset, trained, .. } = &self.plan.params[param];
        if *trained { offset.clone() } else { offset.less(&self.plan.trained) }
    }

    pub(super) fn space(&self, buf: Buf) -> &Space {
        &self.program.buffers[buf.0].space
    }

    /// Where one of the ranges of a network starts for inference: in the arena, or in the state of a
    /// network that trains; and in prepared weights, of which it takes `room` there.
    pub(super) fn starts(&self, param: usize, room: &Dim) -> [TokenStream; 2] {
        let (placed, packed) = (&self.plan.params[param], &self.packed[param]);
        let len = placed.whole_len();
        if matches!(self.access, Access::Inference | Access::Step) {
            [self.turn_start(&placed.offset, &len), self.turn_start(&packed.offset, room)]
        } else {
            [self.turn_start(&self.offset(param), &len), usize_literal(0)]
        }
    }

    /// The range of a parameter from `offset` on: in a turn its share, of `len` scalars.
    fn turn_range(&self, offset: &Dim, len: &Dim) -> TokenStream {
        if !self.in_turn {
            return range(offset, len);
        }
        let (start, len) = (dim(offset), dim(len));
        quote!(#start + turn * #len..#start + (turn + 1) * #len)
    }

    /// Where that range starts.
    fn turn_start(&self, offset: &Dim, len: &Dim) -> TokenStream {
        let (start, len) = (dim(offset), dim(len));
        if self.in_turn { quote!(#start + turn * #len) } else { start }
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
    quote!(__k::span::<{ __B }>(#offset, #len, rows))
}

/// The range of a workspace of turns, which has room for all samples.
fn full_span(program: &Program, buf: Buf) -> TokenStream {
    let buffer = &program.buffers[buf.0];
    let offset = buffer.offset.as_ref().expect("memory is shared out before emission");
    let (offset, len) = (dim(offset), dim(&buffer.shape.len()));
    quote!(__k::span::<{ __B }>(#offset, #len, __B))
}

/// The slices that a step works on, by buffer.
pub(super) struct Operands {
    in_turn: bool,
    bindings: Vec<TokenStream>,
    names: BTreeMap<Buf, TokenStream>,
}

impl Operands {
    pub(super) fn new(emitter: &Emitter<'_>, writes: &[Buf], reads: &[Buf], full: &[Buf]) -> Self {
        let in_turn = emitter.in_turn;
        let mut operands = Self { in_turn, bindings: Vec::new(), names: BTreeMap::new() };
        let mut arenas: BTreeMap<&'static str, Vec<Buf>> = BTreeMap::new();
        for buf in writes.iter().chain(reads).copied() {
            let arena = match emitter.program.buffers[buf.0].space {
                Space::Input => {
                    operands.names.insert(buf, quote!(input));
                    continue;
                }
                Space::Row => "row",
                Space::Fixed => "fixed",
                Space::Index => "index",
                Space::Kept => "kept",
                Space::Gradient(_) => "gradients",
                Space::Param(param)
                    if matches!(emitter.access, Access::Inference | Access::Step) =>
                {
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
            operands.bind(emitter, arena, &bufs, full, written);
        }
        operands
    }

    /// Splits a written arena into the parts a step needs; of one that is only read, lends slices.
    fn bind(
        &mut self,
        emitter: &Emitter<'_>,
        arena: &str,
        bufs: &[Buf],
        full: &[Buf],
        written: bool,
    ) {
        let arena = Ident::new(arena, Span::call_site());
        let spans = bufs.iter().map(|buf| match emitter.program.buffers[buf.0].space {
            Space::Row | Space::Index if full.contains(buf) => full_span(emitter.program, *buf),
            _ => emitter.span(*buf),
        });
        if written {
            let mut names: Vec<Ident> = Vec::new();
            for buf in bufs {
                names.push(self.free_name(short_name(emitter, *buf), &names));
            }
            self.bindings.push(quote!(let [#(#names),*] = __k::parts(#arena, [#(#spans),*]);));
            for (buf, name) in bufs.iter().zip(names) {
                self.names.insert(*buf, quote!(#name));
            }
        } else {
            for (buf, span) in bufs.iter().zip(spans) {
                self.names.insert(*buf, quote!(&#arena[#span]));
            }
        }
    }

    /// A name like `name` that no other buffer of the step has: `a.b_c` and `a_b.c` look the same.
    fn free_name(&self, name: Ident, others: &[Ident]) -> Ident {
        let taken = self.names.values().any(|tokens| name == tokens.to_string());
        if taken || others.contains(&name) {
            return self.free_name(format_ident!("{name}_other"), others);
        }
        name
    }

    /// The number of a layer's random stream: every turn has its own.
    pub(super) fn layer(&self, layer: usize) -> TokenStream {
        let layer = usize_literal(layer);
        let apart = usize_literal(STREAMS);
        if self.in_turn { quote!(#layer + turn as u64 * #apart) } else { layer }
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
