//! `Gemm | Conv2d | CausalChain; AddBias(y)` and `Gemm | Conv2d | CausalChain; Map(y)` become one step.
//!
//! A function is taken in only where nothing else reads what lies between: not in training where
//! the gradient is computed from the function's input.

use std::collections::BTreeSet;

use super::{Unit, each_program};
use crate::plan::{Buf, Convolution, Elementwise, Fun, Plan, Product, Program, Sequence, Verb};

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
        Verb::Product(Product::AddBias { bias, .. }) => {
            take_bias(&mut unit.program.steps[at].verb, bias)
        }
        Verb::Elementwise(Elementwise::Map { y: result, x, fun })
            if x == y && (result == y || only_user(unit, y, next)) =>
        {
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
        Verb::Product(Product::Gemm { y, fun: None, .. })
        | Verb::Convolution(Convolution::Conv2d { y, fun: None, .. }) => Some(*y),
        Verb::Sequence(Sequence::CausalChain { y, layers, .. }) if layers.last()?.fun.is_none() => {
            Some(*y)
        }
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
        && caller.d_input != Some(buf)
}

fn take_bias(verb: &mut Verb, with: Buf) -> bool {
    let bias = match verb {
        Verb::Product(Product::Gemm { bias, .. })
        | Verb::Convolution(Convolution::Conv2d { bias, .. }) => Some(bias),
        Verb::Sequence(Sequence::CausalChain { layers, .. }) => {
            layers.last_mut().map(|layer| &mut layer.bias)
        }
        _ => None,
    };
    let open = bias.filter(|bias| bias.is_none());
    open.map(|bias| *bias = Some(with)).is_some()
}

fn take_fun(verb: &mut Verb, result: Buf, with: Fun) -> bool {
    match verb {
        Verb::Product(Product::Gemm { y, fun: fun @ None, .. })
        | Verb::Convolution(Convolution::Conv2d { y, fun: fun @ None, .. }) => {
            (*y, *fun) = (result, Some(with));
            true
        }
        Verb::Sequence(Sequence::CausalChain { y, layers, .. }) => {
            let last = layers.last_mut().filter(|layer| layer.fun.is_none());
            last.map(|layer| (*y, layer.fun) = (result, Some(with))).is_some()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{sample::plan, verify::verify};

    fn forward(network: &str) -> (String, String, [usize; 2]) {
        let plan = fuse_epilogue(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        let mut training = plan.training.program;
        training.steps.truncate(plan.training.forward);
        let marks = [plan.training.forward, plan.training.head];
        (plan.inference.to_string(), training.to_string(), marks)
    }

    #[test]
    fn bias_and_function_join_the_sum() {
        let fused = "  relu1.y[3] = relu(dense(input[4], dense1.weight) + dense1.bias)\n";
        let both = forward("[4] -> [3] { dense(3), relu }");
        assert_eq!(both, (fused.to_owned(), fused.to_owned(), [1, 1]));
        let (inference, ..) = forward("[3, 3, 1] -> [2, 2, 1] { conv2d(1, kernel = 2), tanh }");
        let fused =
            "  tanh1.y[2, 2, 1] = tanh(conv2d(input[3, 3, 1], conv2d1.weight) + conv2d1.bias)\n";
        assert_eq!(inference, fused);
    }

    #[test]
    fn training_keeps_the_input_of_a_function_differentiated_from_it() {
        let (inference, training, marks) = forward("[4] -> [3] { dense(3, bias = false), gelu }");
        assert_eq!(inference, "  gelu1.y[3] = gelu(dense(input[4], dense1.weight))\n");
        let steps =
            "  dense1.y[3] = dense(input[4], dense1.weight)\n  gelu1.y[3] = gelu(dense1.y)\n";
        assert_eq!((training.as_str(), marks), (steps, [2, 2]));
    }

    #[test]
    fn a_second_function_stays_a_step() {
        let (inference, _, marks) = forward("[4] -> [3] { dense(3), relu, sigmoid }");
        let steps = "  relu1.y[3] = relu(dense(input[4], dense1.weight) + dense1.bias)
  sigmoid1.y[3] = sigmoid(relu1.y)\n";
        assert_eq!((inference.as_str(), marks), (steps, [2, 3]));
    }

    #[test]
    fn an_output_that_is_read_elsewhere_stays() {
        let mut plan = plan("[4] -> [3] { dense(3), relu }");
        let dense = plan.inference.buffers.iter().position(|buffer| buffer.name == "dense1.y");
        plan.output = Buf(dense.expect("the layer has an output"));
        let printed = fuse_epilogue(plan).inference.to_string();
        let steps = "  dense1.y[3] = dense(input[4], dense1.weight) + dense1.bias
  relu1.y[3] = relu(dense1.y)\n";
        assert_eq!(printed, steps);
    }

    #[test]
    fn a_fused_step_belongs_to_its_first_layer() {
        let plan = fuse_epilogue(plan("[4] -> [3] { dense(3), relu, softmax }"));
        let nodes: Vec<usize> = plan.inference.steps.iter().map(|step| step.node).collect();
        assert_eq!(nodes, [0, 2]);
    }
}
