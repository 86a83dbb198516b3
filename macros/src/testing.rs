//! The registry and the interpreter, for tests outside this crate.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::{
    interp::{Entry, Interpreter, Stream, sample_params, uniform},
    layer::LAYERS,
    plan::{Plan, Space, sample},
    shape::{Bindings, Dim, Shape},
};

const SAMPLES: usize = 3;
const STREAM: Stream = Stream { seed: 42, step: 3 };

/// `callback! { dense_1 { [4] -> [3] { dense(3) } } { seed: 42, .. } }` for every example of the
/// registry: a name, the network, and what the interpreter computes, as the fields of a struct.
pub(crate) fn for_each_example(callback: &TokenStream) -> TokenStream {
    let examples = LAYERS.iter().flat_map(|kind| {
        let numbered = (1..).zip(kind.examples);
        numbered.map(|(number, example)| (format!("{}_{number}", kind.keyword), example))
    });
    let calls = examples.map(|(name, example)| {
        let name = Ident::new(&name, Span::call_site());
        let network: TokenStream = example.parse().expect("an example is a network");
        let expected = expected(&sample::plan(example));
        quote!(#callback! { #name { #network } { #expected } })
    });
    quote!(#(#calls)*)
}

/// The results of the plan as lowered: no pass has touched it.
fn expected(plan: &Plan) -> TokenStream {
    let bindings = Bindings::new();
    let params = sample_params(plan, &bindings);
    let inputs = uniform(SAMPLES * input(plan).len().eval(&bindings), 11);
    let interpreter = Interpreter::new(plan, bindings);
    let inferred = interpreter.infer(&params, &inputs);
    let tape = interpreter.forward(&params, &inputs, STREAM);
    let outputs = tape.outputs();
    let moved = arena(plan, tape.params(), false);
    let gradient = uniform(outputs.len(), 13);
    let [from_output, from_head] = [Entry::Output, Entry::Head].map(|entry| {
        let mut tape = interpreter.forward(&params, &inputs, STREAM);
        tape.backward(entry, &gradient);
        arena(plan, tape.gradients(), true)
    });
    let parameters = arena(plan, &params, false);
    let Stream { seed, step } = STREAM;
    quote! {
        seed: #seed,
        step: #step,
        inputs: &[#(#inputs),*],
        parameters: &[#(#parameters),*],
        inferred: &[#(#inferred),*],
        outputs: &[#(#outputs),*],
        moved: &[#(#moved),*],
        gradient: &[#(#gradient),*],
        from_output: &[#(#from_output),*],
        from_head: &[#(#from_head),*],
    }
}

fn input(plan: &Plan) -> &Shape {
    let buffers = &plan.inference.buffers;
    let input = buffers.iter().find(|buffer| buffer.space == Space::Input);
    &input.expect("a program has an input").shape
}

/// Values of parameters as they lie in the arena, zeros between them; of the trained ones alone or
/// of all.
fn arena(plan: &Plan, values: &[Vec<f64>], trained: bool) -> Vec<f64> {
    let eval = |dim: &Dim| dim.eval(&Bindings::new());
    let state = if trained { 0 } else { eval(&plan.state) };
    let mut arena = vec![0.0; eval(&plan.trained) + state];
    for (param, values) in plan.params.iter().zip(values).filter(|(p, _)| p.trained || !trained) {
        let offset = eval(&param.offset);
        arena[offset..offset + values.len()].copy_from_slice(values);
    }
    arena
}
