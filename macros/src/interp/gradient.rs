//! Gradients of a plan against central differences.

use super::{Entry, Interpreter, Stream, random::uniform};
use crate::{
    plan::{Buf, Plan, Space},
    shape::Bindings,
};

/// The step of the differences, for values of the order of one.
const STEP: f64 = 1e-5;
/// Gradients smaller than this are compared absolutely: they are rounding errors of zero.
const FLOOR: f64 = 1e-3;

/// The gradient that fits worst.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GradientCheck {
    /// `|gradient - difference| / max(|gradient|, |difference|)`, by norm.
    pub(crate) error: f64,
    /// The buffer it is the gradient of.
    pub(crate) of: String,
}

/// Differentiates a random linear functional of the outputs by every trained parameter, and by the
/// input where the plan still computes that gradient (before dead steps are dropped), and compares
/// with the backward pass. `None` where there is nothing to compare.
pub(crate) fn gradient_check(
    plan: &Plan,
    bindings: &Bindings,
    params: &[Vec<f64>],
    inputs: &[f64],
    seed: u64,
) -> Option<GradientCheck> {
    let check = Check { plan, bindings, seed };
    let mut tape = check.forward(params, inputs);
    let weights = uniform(tape.outputs().len(), seed);
    tape.backward(Entry::Output, &weights);
    let value = |params: &[Vec<f64>], inputs: &[f64]| {
        dot(&check.forward(params, inputs).outputs(), &weights)
    };
    let mut worst = None;
    for (index, param) in plan.params.iter().enumerate().filter(|(_, param)| param.trained) {
        let difference = differences(&params[index], |values| {
            let mut params = params.to_vec();
            params[index] = values.to_vec();
            value(&params, inputs)
        });
        let of = format!("{} of layer {}", param.name, param.node);
        keep_worse(&mut worst, of, &tape.gradients()[index], &difference);
    }
    if let Some(dx) = input_gradient(plan) {
        let difference = differences(inputs, |inputs| value(params, inputs));
        keep_worse(&mut worst, "input".to_owned(), &tape.memory.read(dx), &difference);
    }
    worst
}

struct Check<'a> {
    plan: &'a Plan,
    bindings: &'a Bindings,
    seed: u64,
}

impl<'a> Check<'a> {
    fn forward(&self, params: &[Vec<f64>], inputs: &[f64]) -> super::Tape<'a> {
        let interpreter = Interpreter::new(self.plan, self.bindings.clone());
        interpreter.forward(params, inputs, Stream { seed: self.seed, step: 1 })
    }
}

fn keep_worse(worst: &mut Option<GradientCheck>, of: String, gradient: &[f64], difference: &[f64]) {
    let error = relative(gradient, difference);
    // A NaN is worse than anything.
    if worst.as_ref().is_none_or(|worst| error.is_nan() || error > worst.error) {
        *worst = Some(GradientCheck { error, of });
    }
}

fn relative(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    norm(&difference) / norm(a).max(norm(b)).max(FLOOR)
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `(f(x + h) - f(x - h)) / 2h`, by every element of `x`.
fn differences(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let moved = |at: usize, by: f64| {
        let mut x = x.to_vec();
        x[at] += by;
        f(&x)
    };
    (0..x.len()).map(|at| (moved(at, STEP) - moved(at, -STEP)) / (2.0 * STEP)).collect()
}

/// The gradient of the network's input: what a backward pass computes and nothing reads. Once
/// memory is shared, nobody keeps it.
fn input_gradient(plan: &Plan) -> Option<Buf> {
    let training = &plan.training;
    let program = &training.program;
    if program.sizes.is_some() {
        return None;
    }
    let input = program.buffers.iter().find(|buffer| buffer.space == Space::Input)?;
    let read = |buf: Buf| program.steps.iter().any(|step| step.verb.reads().contains(&buf));
    let backward = program.steps[training.forward..].iter();
    let mut candidates: Vec<Buf> = backward
        .flat_map(|step| step.verb.writes())
        .chain([training.d_output])
        .filter(|buf| program.buffers[buf.0].space == Space::Row && !read(*buf))
        .collect();
    candidates.dedup();
    match candidates[..] {
        [dx] if program.buffers[dx.0].shape.len() == input.shape.len() => Some(dx),
        _ => None,
    }
}
