//! The steps of a program as tokens, and where their buffers lie.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{call, dim, networks, operands::Operands, repeat, scalar, usize_literal};
use crate::{
    plan::{
        Buf, Plan, PlanParam, Program, Space, Step,
        packing::{self, Packed, Packing},
    },
    shape::Dim,
    syntax::Spec,
};

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
    pub(super) plan: &'a Plan,
    pub(super) program: &'a Program,
    pub(super) access: Access,
    /// Whether the steps are those of a turn, by the number `turn`.
    pub(super) in_turn: bool,
    /// The places of the parameters of the plan in prepared weights.
    packed: Vec<Packed>,
}

impl<'a> Emitter<'a> {
    pub(super) fn new(spec: &Spec, plan: &'a Plan, program: &'a Program, access: Access) -> Self {
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
    pub(super) fn weight(&self, param: usize) -> TokenStream {
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
pub(super) fn row_span(program: &Program, buf: Buf) -> TokenStream {
    let buffer = &program.buffers[buf.0];
    let offset = dim(buffer.offset.as_ref().expect("memory is shared out before emission"));
    let len = dim(&buffer.shape.len());
    quote!(__k::span::<{ __B }>(#offset, #len, rows))
}

/// The range of a workspace of turns, which has room for all samples.
pub(super) fn full_span(program: &Program, buf: Buf) -> TokenStream {
    let buffer = &program.buffers[buf.0];
    let offset = buffer.offset.as_ref().expect("memory is shared out before emission");
    let (offset, len) = (dim(offset), dim(&buffer.shape.len()));
    quote!(__k::span::<{ __B }>(#offset, #len, __B))
}
