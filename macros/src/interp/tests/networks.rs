//! A network that is a layer computes what its layers do in its place.

use super::{super::*, STREAM, optimize, plan, verify};
use crate::plan::sample::plan_of_part;

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-11 * b.abs().max(1.0));
    assert!(close, "{what}: {found:?}, expected {expected:?}");
}

/// The values of the parameters of `outer`: trained ones, of which those from 2 to 6 are of its layer
/// `inner`, and the state, which is of that layer.
fn around(outer: &Plan, inner: &Interpreter<'_>, values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut trained = inner.join(&[&values[2..6], &values[8..]].concat());
    let state = trained.split_off(inner.plan.trained.eval(&inner.bindings));
    let mut own = [&values[..2], &values[6..8]].concat().into_iter();
    let param = |param: &PlanParam| match param.name {
        "trained" => trained.clone(),
        "state" => state.clone(),
        _ => own.next().expect("there are as many"),
    };
    outer.params.iter().map(param).collect()
}

#[test]
fn networks_are_their_layers() {
    let flat = plan("[4] -> [3] { dense(5), dense(6), tanh, batch_norm, dense(3) }");
    let outer = plan("[4] -> [3] { dense(5), body: Body -> [6], dense(3) }");
    let inner = plan_of_part("[5] -> [6] { dense(6), tanh, batch_norm }");
    let (params, inputs) = (sample_params(&flat, &Bindings::new()), uniform(3 * 4, 11));
    let expected = Interpreter::new(&flat, Bindings::new());
    let gradient = uniform(3 * 3, 5);
    let mut tape = expected.forward(&params, &inputs, STREAM);
    tape.backward(Entry::Output, &gradient);
    for (outer, inner) in [(&outer, &inner), (&optimize(outer.clone()), &optimize(inner.clone()))] {
        assert_eq!(verify(outer), Ok(()), "{outer}");
        let body = Interpreter::new(inner, Bindings::new());
        let own = around(outer, &body, &params);
        let [moved, gradients] = [tape.params(), tape.gradients()].map(|v| around(outer, &body, v));
        let network = Interpreter::new(outer, Bindings::new()).with("body", body);
        assert_close(&network.infer(&own, &inputs), &expected.infer(&params, &inputs), "inference");
        let mut found = network.forward(&own, &inputs, STREAM);
        assert_close(&found.outputs(), &tape.outputs(), "training");
        found.backward(Entry::Output, &gradient);
        for (index, param) in outer.params.iter().enumerate() {
            assert_close(&found.params()[index], &moved[index], param.name);
            if param.trained {
                assert_close(&found.gradients()[index], &gradients[index], param.name);
            }
        }
    }
}

#[test]
fn networks_keep_their_state_from_step_to_step() {
    let outer = plan(
        "[7, 4] -> [7, 3] { dense(5), body: Body -> [7, 5], lstm(3, return_sequences = true) }",
    );
    let inner = plan("[7, 5] -> [7, 5] { gru(5, return_sequences = true), leaf: Leaf -> [7, 5] }");
    let leaf = plan("[7, 5] -> [7, 5] { conv1d(5, kernel = 3, padding = causal) }");
    let leaf = Interpreter::new(&leaf, Bindings::new());
    let inner = Interpreter::new(&inner, Bindings::new()).with("leaf", leaf);
    let network = Interpreter::new(&outer, Bindings::new()).with("body", inner);
    let (params, inputs) = (sample_params(&outer, &network.bindings), uniform(7 * 4, 3));
    let mut steps = network.steps(&params);
    let found: Vec<f64> = inputs.chunks(4).flat_map(|sample| steps.step(sample)).collect();
    assert_close(&found, &network.infer(&params, &inputs), "step by step");
}

/// Networks in the turns of a `repeat` within another, of which the first is not trained, and their
/// layers written out.
#[test]
fn networks_take_turns() {
    let flat = plan(
        "[4] -> [3] { dense(5),
            dense(6), tanh, dense(5), batch_norm, dense(6), tanh, dense(5), batch_norm, relu,
            dense(6), tanh, dense(5), batch_norm, dense(6), tanh, dense(5), batch_norm, relu,
            dense(3) }",
    );
    let outer = plan(
        "[4] -> [3] { dense(5), repeat(2) { repeat(2) { body: Body -> [5] }, relu }, dense(3) }",
    );
    let inner = plan_of_part("[5] -> [5] { dense(6), tanh, dense(5), batch_norm }");
    let (params, inputs) = (sample_params(&flat, &Bindings::new()), uniform(3 * 4, 11));
    let expected = Interpreter::new(&flat, Bindings::new());
    let gradient = uniform(3 * 3, 5);
    let mut tape = expected.forward(&params, &inputs, STREAM);
    tape.backward(Entry::Output, &gradient);
    for (outer, inner) in [(&outer, &inner), (&optimize(outer.clone()), &optimize(inner.clone()))] {
        assert_eq!(verify(outer), Ok(()), "{outer}");
        let body = Interpreter::new(inner, Bindings::new());
        let own = around_turns(outer, &body, &params);
        let [moved, gradients] =
            [tape.params(), tape.gradients()].map(|v| around_turns(outer, &body, v));
        let network = Interpreter::new(outer, Bindings::new()).with("body", body);
        assert_close(&network.infer(&own, &inputs), &expected.infer(&params, &inputs), "inference");
        let mut found = network.forward(&own, &inputs, STREAM);
        assert_close(&found.outputs(), &tape.outputs(), "training");
        found.backward(Entry::Output, &gradient);
        for (index, param) in outer.params.iter().enumerate() {
            assert_close(&found.params()[index], &moved[index], param.name);
            if param.trained {
                assert_close(&found.gradients()[index], &gradients[index], param.name);
            }
        }
    }
}

/// The same of turns: each has six trained parameters and two of its state.
fn around_turns(outer: &Plan, inner: &Interpreter<'_>, values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let (mut trained, mut state) = (Vec::new(), Vec::new());
    for turn in 0..4 {
        let (own, moved) = (2 + 6 * turn, 28 + 2 * turn);
        let mut arena = inner.join(&[&values[own..own + 6], &values[moved..moved + 2]].concat());
        state.extend(arena.split_off(inner.plan.trained.eval(&inner.bindings)));
        trained.extend(arena);
    }
    let mut own = [&values[..2], &values[26..28]].concat().into_iter();
    let param = |param: &PlanParam| match param.name {
        "trained" => trained.clone(),
        "state" => state.clone(),
        _ => own.next().expect("there are as many"),
    };
    outer.params.iter().map(param).collect()
}

#[test]
fn networks_keep_the_state_of_every_turn() {
    let outer = plan(
        "[7, 4] -> [7, 4] { repeat(2) { repeat(2) { body: Body -> [7, 4] }, causal: Body -> [7, 4] } }",
    );
    let inner = plan(
        "[7, 4] -> [7, 4] { gru(4, return_sequences = true), repeat(2) { leaf: Leaf -> [7, 4] } }",
    );
    let leaf = plan("[7, 4] -> [7, 4] { conv1d(4, kernel = 3, padding = causal) }");
    let leaf = Interpreter::new(&leaf, Bindings::new());
    let inner = Interpreter::new(&inner, Bindings::new()).with("leaf", leaf);
    let network = Interpreter::new(&outer, Bindings::new());
    let network = network.with("body", inner.clone()).with("causal", inner);
    let (params, inputs) = (sample_params(&outer, &network.bindings), uniform(7 * 4, 3));
    let mut steps = network.steps(&params);
    let found: Vec<f64> = inputs.chunks(4).flat_map(|sample| steps.step(sample)).collect();
    assert_close(&found, &network.infer(&params, &inputs), "step by step");
}
