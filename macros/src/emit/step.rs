//! `step`: of a network that goes over sequences step by step its program of one time step, of any
//! other the words that say what is in the way.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{array, dim, lints, names::Taken, networks, program, scalar};
use crate::{
    model::{Model, Obstacle},
    plan::{Plan, Program, Stepping},
    shape::{Dim, Shape},
    syntax::Spec,
};

/// The impl of `Causal`, which needs what no such network has where something is in the way.
pub(super) fn causal(spec: &Spec, model: &Model, plan: &Plan) -> TokenStream {
    match (&plan.stepping, model.timing()) {
        (Some(stepping), _) => steps(spec, model, plan, stepping),
        (None, Err(obstacle)) => prevented(spec, &obstacle),
        (None, Ok(_)) => TokenStream::new(),
    }
}

fn steps(spec: &Spec, model: &Model, plan: &Plan, stepping: &Stepping) -> TokenStream {
    let (name, lints, scalar) = (&spec.name, lints(), scalar(spec));
    let program = &stepping.program;
    let state = networks::with_states(model, program, state(&scalar, program));
    let bounds = networks::step_bounds(model, program);
    let method = method(spec, &bounds);
    let [sample, result] = [&stepping.sample, &stepping.result].map(|shape| array(&scalar, shape));
    let step = program::step(spec, model, plan, stepping);
    quote! {
        #[automatically_derived]
        #lints
        impl __k::Causal for #name
        where
            #bounds
        {
            type Sample = #sample;
            type StepOutput = #result;
            type State = #state;

            #step
        }

        #method
    }
}

/// Where networks that are layers may have no `step`, a method of that name that asks for theirs: of
/// the trait's rustc would only say that there is none.
fn method(spec: &Spec, bounds: &TokenStream) -> TokenStream {
    if bounds.is_empty() {
        return TokenStream::new();
    }
    let (name, lints) = (&spec.name, lints());
    quote! {
        #[automatically_derived]
        #lints
        impl #name {
            #[doc(hidden)]
            #[inline]
            pub fn step<'s>(
                &self,
                state: &'s mut <Self as __k::Causal>::State,
                sample: &<Self as __k::Causal>::Sample,
            ) -> &'s <Self as __k::Causal>::StepOutput
            where
                #bounds
            {
                __k::Step::step(self, state, sample)
            }
        }
    }
}

/// The clock and what is kept come first in the fixed arena.
fn state(scalar: &Ident, program: &Program) -> TokenStream {
    let sizes = program.sizes.as_ref().expect("memory is shared out before emission");
    let [row, fixed, index] = sizes.each_ref().map(dim);
    let kept = dim(&program.kept);
    quote!(__k::Buffers<#scalar, #row, { __k::CLOCK + #kept + #fixed }, #index, 1>)
}

/// A bound that is false, with the words that rustc says where it is asked for.
fn prevented(spec: &Spec, obstacle: &Obstacle) -> TokenStream {
    let (name, lints, scalar) = (&spec.name, lints(), scalar(spec));
    let message = format!("`{name}` has no `step`: {}", obstacle.why);
    let help = &obstacle.help;
    let step_by_step = Taken::of(spec).free("StepByStep");
    quote! {
        #[diagnostic::on_unimplemented(
            message = #message,
            label = "this network does not go step by step",
            note = #help,
        )]
        #lints
        pub trait #step_by_step<'a> {}

        #[automatically_derived]
        #lints
        impl __k::Causal for #name
        where
            for<'a> #name: #step_by_step<'a>,
        {
            type Sample = [#scalar; 1];
            type StepOutput = [#scalar; 1];
            type State = __k::Buffers<#scalar, 1, 0, 0, 1>;

            fn step_from<'s>(
                _: impl __k::Source<Self::Scalar>,
                _: __k::Cpu,
                _: &'s mut Self::State,
                _: &Self::Sample,
            ) -> &'s Self::StepOutput {
                ::core::unreachable!("its bound is false")
            }
        }

        #[automatically_derived]
        #lints
        impl #name {
            #[doc(hidden)]
            pub fn step<S, X>(&self, _: &mut S, _: &X) -> &<Self as __k::Outputs>::Output
            where
                for<'a> Self: #step_by_step<'a>,
            {
                ::core::unreachable!("its bound is false")
            }
        }
    }
}

/// Of a network with mistakes: it has a `step`, so that they are the only errors.
pub(super) fn stub(spec: &Spec) -> TokenStream {
    let (name, lints, scalar) = (&spec.name, lints(), scalar(spec));
    let one = |shape: &Shape| match shape.dims() {
        [_, rest @ ..] if !rest.is_empty() => Shape(rest.to_vec()),
        dims => Shape(dims.to_vec()),
    };
    let sample = match spec.input.value.dims() {
        [_] => Shape(vec![Dim::ONE]),
        _ => one(&spec.input.value),
    };
    let [sample, result] = [sample, one(&spec.output.value)].map(|shape| array(&scalar, &shape));
    quote! {
        #[automatically_derived]
        #lints
        impl __k::Causal for #name {
            type Sample = #sample;
            type StepOutput = #result;
            type State = __k::Buffers<#scalar, 1, 0, 0, 1>;

            fn step_from<'s>(
                _: impl __k::Source<Self::Scalar>,
                _: __k::Cpu,
                _: &'s mut Self::State,
                _: &Self::Sample,
            ) -> &'s Self::StepOutput {
                ::core::panic!("this network has errors")
            }
        }
    }
}
