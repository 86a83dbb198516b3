//! `Gemm | Conv2d; AddBias(y)` and `Gemm | Conv2d; Map(y)` become one step.
//!
//! A function is taken in only where nothing else reads what lies between: not in training where
//! the gradient is computed from the function's input.

use std::collections::BTreeSet;

use super::{Unit, each_program};
use crate::plan::{Buf, Fun, Plan, Program, Verb};

pub(super) fn fuse_epilogue(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        let mut at = 0;
        while at < unit.program.steps.len() {
            if !fuse_next(unit, at) {
                at += 1;
            }
        }
    })
}

/// Takes the next step that names the result of the one at `at` into it; `false` if it must stay.
fn fuse_next(unit: &mut Unit<'_>, at: usize) -> bool {
    let Some(y) = open_result(&unit.program.steps[at].verb) else { return false };
    let Some(next) = next_user(unit.program, at, y) else { return false };
    if unit.marks.iter().any(|mark| at < **mark && **mark <= next) {
        return false;
    }
    let epilogue = unit.program.steps[next].verb.clone();
    let fuses = match epilogue {
        Verb::AddBias { bias, .. } => take_bias(&mut unit.program.steps[at].verb, bias),
        Verb::Map { y: result, x, fun } if x == y && (result == y || only_user(unit, y, next)) => {
            take_fun(&mut unit.program.steps[at].verb, result, fun)
        }
        _ => false,
    };
    if fuses {
        unit.remove(&BTreeSet::from([next]));
    }
    fuses
}

/// The result of a step that has no function yet.
fn open_result(verb: &Verb) -> Option<Buf> {
    match verb {
        Verb::Gemm { y, fun: None, .. } | Verb::Conv2d { y, fun: None, .. } => Some(*y),
        _ => None,
    }
}

fn names(verb: &Verb, buf: Buf) -> bool {
    verb.writes().contains(&buf) || verb.reads().contains(&buf)
}

fn next_user(program: &Program, at: usize, buf: Buf) -> Option<usize> {
    let mut later = at + 1..program.steps.len();
    later.find(|&step| names(&program.steps[step].verb, buf))
}

/// Whether no step after `next` and no caller names `buf`.
fn only_user(unit: &Unit<'_>, buf: Buf, next: usize) -> bool {
    let caller = unit.caller();
    next_user(unit.program, next, buf).is_none()
        && caller.output != buf
        && !caller.writes.contains(&buf)
}

fn take_bias(verb: &mut Verb, with: Buf) -> bool {
    match verb {
        Verb::Gemm { bias: bias @ None, .. } | Verb::Conv2d { bias: bias @ None, .. } => {
            *bias = Some(with);
            true
        }
        _ => false,
    }
}

fn take_fun(verb: &mut Verb, result: Buf, with: Fun) -> bool {
    match verb {
        Verb::Gemm { y, fun: fun @ None, .. } | Verb::Conv2d { y, fun: fun @ None, .. } => {
            (*y, *fun) = (result, Some(with));
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{
        sample::{C, L, plan},
        verify::verify,
    };

    fn forward(layers: &[L], input: &[usize]) -> (String, String, [usize; 2]) {
        let plan = fuse_epilogue(plan(input, layers));
        assert_eq!(verify(&plan), Ok(()));
        let mut training = plan.training.program;
        training.steps.truncate(plan.training.forward);
        let marks = [plan.training.forward, plan.training.head];
        (plan.inference.to_string(), training.to_string(), marks)
    }

    #[test]
    fn bias_and_function_join_the_sum() {
        let fused = "  n1.y[3] = relu(dense(input[4], n0.weight) + n0.bias)\n";
        let both = forward(&[L::Dense(3), L::Map(Fun::Relu)], &[4]);
        assert_eq!(both, (fused.to_owned(), fused.to_owned(), [1, 1]));
        let (inference, ..) = forward(&[C::plain(1, 2), L::Map(Fun::Tanh)], &[3, 3, 1]);
        let fused = "  n1.y[2, 2, 1] = tanh(conv2d(input[3, 3, 1], n0.weight) + n0.bias)\n";
        assert_eq!(inference, fused);
    }

    #[test]
    fn training_keeps_the_input_of_a_function_differentiated_from_it() {
        let (inference, training, marks) = forward(&[L::Matrix(3), L::Map(Fun::Gelu)], &[4]);
        assert_eq!(inference, "  n1.y[3] = gelu(dense(input[4], n0.weight))\n");
        let steps = "  n0.y[3] = dense(input[4], n0.weight)\n  n1.y[3] = gelu(n0.y)\n";
        assert_eq!((training.as_str(), marks), (steps, [2, 2]));
    }

    #[test]
    fn a_second_function_stays_a_step() {
        let layers = [L::Dense(3), L::Map(Fun::Relu), L::Map(Fun::Sigmoid)];
        let (inference, _, marks) = forward(&layers, &[4]);
        let steps = "  n1.y[3] = relu(dense(input[4], n0.weight) + n0.bias)
  n2.y[3] = sigmoid(n1.y)\n";
        assert_eq!((inference.as_str(), marks), (steps, [2, 3]));
    }

    #[test]
    fn an_output_that_is_read_elsewhere_stays() {
        let mut plan = plan(&[4], &[L::Dense(3), L::Map(Fun::Relu)]);
        let dense = plan.inference.buffers.iter().position(|buffer| buffer.name == "n0.y");
        plan.output = Buf(dense.expect("the layer has an output"));
        let printed = fuse_epilogue(plan).inference.to_string();
        let steps = "  n0.y[3] = dense(input[4], n0.weight) + n0.bias\n  n1.y[3] = relu(n0.y)\n";
        assert_eq!(printed, steps);
    }

    #[test]
    fn a_fused_step_belongs_to_its_first_layer() {
        let plan = fuse_epilogue(plan(&[4], &[L::Dense(3), L::Map(Fun::Relu), L::Softmax]));
        let nodes: Vec<usize> = plan.inference.steps.iter().map(|step| step.node).collect();
        assert_eq!(nodes, [0, 2]);
    }
}
