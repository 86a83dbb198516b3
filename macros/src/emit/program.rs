//! The generated methods: one call a step, over literal ranges of the arenas.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::{
    dim,
    emitter::{Access, Emitter, row_span},
    networks,
};
use crate::{
    model::Model,
    plan::{Plan, Stepping},
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
