//! `Map | Dropout | MapGrad` write over an input that dies there: `y = f(x)` becomes `x = f(x)`.

use super::{Unit, each_program};
use crate::plan::{Buf, Buffer, Plan, Space, Verb, liveness::lives};

pub(super) fn in_place(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        for step in 0..unit.program.steps.len() {
            if let Some((y, x)) = pair(&unit.program.steps[step].verb)
                && dies_into(unit, step, x, y)
            {
                unit.replace(y, x);
            }
        }
    })
}

/// The result and the input it may overwrite.
fn pair(verb: &Verb) -> Option<(Buf, Buf)> {
    match verb {
        Verb::Map { y, x, .. } | Verb::Dropout { y, x, .. } => Some((*y, *x)),
        Verb::MapGrad { dx, dy, .. } => Some((*dx, *dy)),
        _ => None,
    }
}

/// Whether the life of `x` ends at the step where that of `y` begins, in memory of the same size.
fn dies_into(unit: &Unit<'_>, step: usize, x: Buf, y: Buf) -> bool {
    let caller = unit.caller();
    let lives = lives(unit.program, &caller);
    let moment = caller.moment(step);
    x != y
        && lives[x.0].is_some_and(|life| life.last == moment)
        && lives[y.0].is_some_and(|life| life.first == moment)
        && alike(&unit.program.buffers[x.0], &unit.program.buffers[y.0])
}

fn alike(x: &Buffer, y: &Buffer) -> bool {
    x.space == Space::Row
        && y.space == Space::Row
        && x.layout == y.layout
        && x.shape.len() == y.shape.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{
        Fun,
        sample::{L, plan},
        verify::verify,
    };

    fn both(layers: &[L], input: &[usize]) -> (String, String) {
        let plan = in_place(plan(input, layers));
        assert_eq!(verify(&plan), Ok(()));
        (plan.inference.to_string(), plan.training.program.to_string())
    }

    #[test]
    fn a_function_overwrites_an_input_that_dies() {
        let (inference, training) = both(&[L::Matrix(3), L::Map(Fun::Relu)], &[4]);
        let steps = "  n0.y[3] = dense(input[4], n0.weight)\n  n0.y[3] = relu(n0.y)\n";
        assert_eq!(inference, steps);
        let rest = "  d_output[3] = relu_grad(d_output, n0.y)
  n0.dweight = dense_grad_weight(input[4], d_output)
  n0.dx[4] = dense_grad_input(d_output, n0.weight)\n";
        assert_eq!(training, steps.to_owned() + rest);
    }

    #[test]
    fn an_input_that_the_gradient_needs_stays() {
        let (inference, training) = both(&[L::Matrix(3), L::Map(Fun::Gelu)], &[4]);
        assert!(inference.contains("n0.y[3] = gelu(n0.y)"), "{inference}");
        assert!(training.contains("n1.y[3] = gelu(n0.y)"), "{training}");
        assert!(training.contains("d_output[3] = gelu_grad(d_output, n0.y)"), "{training}");
    }

    #[test]
    fn the_callers_input_is_never_overwritten() {
        let (inference, training) = both(&[L::Map(Fun::Relu)], &[4]);
        assert_eq!(inference, "  n0.y[4] = relu(input[4])\n");
        assert!(training.starts_with("  n0.y[4] = relu(input[4])\n"), "{training}");
    }

    #[test]
    fn dropout_works_in_place_both_ways() {
        let (_, training) = both(&[L::Matrix(3), L::Dropout(0.5), L::Matrix(2)], &[4]);
        assert!(training.contains("n0.y[3] = dropout(n0.y, 0.5, stream = 1)"), "{training}");
        assert!(training.contains("n2.dx[3] = dropout(n2.dx, 0.5, stream = 1)"), "{training}");
    }

    #[test]
    fn the_two_entries_of_a_head_stay_apart() {
        let plan = in_place(plan(&[4], &[L::Matrix(3), L::Map(Fun::Sigmoid)]));
        assert_ne!(plan.training.d_output, plan.training.d_head);
        let printed = plan.training.program.to_string();
        assert!(printed.contains("n1.dx[3] = sigmoid_grad(d_output, n0.y)"), "{printed}");
    }

    #[test]
    fn an_output_read_by_the_caller_is_not_overwritten() {
        let mut plan = plan(&[4], &[L::Matrix(3), L::Map(Fun::Relu)]);
        let dense = plan.inference.buffers.iter().position(|buffer| buffer.name == "n0.y");
        plan.output = Buf(dense.expect("the layer has an output"));
        let printed = in_place(plan).inference.to_string();
        assert!(printed.contains("n1.y[3] = relu(n0.y)"), "{printed}");
    }
}
