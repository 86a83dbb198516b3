//! A step none of whose results is needed goes, and with it the gradients that only it needed.
//!
//! Needed are the output, the gradients of parameters, running statistics, and what needed steps
//! read. So the first layer computes no gradient of its input, and nothing before a frozen prefix
//! is differentiated.

use std::collections::BTreeSet;

use super::{Unit, each_program};
use crate::plan::{Buf, Plan, Program, Space, Verb};

pub(super) fn drop_dead(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        let dead = dead_steps(unit);
        unit.remove(&dead);
    })
}

fn dead_steps(unit: &mut Unit<'_>) -> BTreeSet<usize> {
    let mut needed = BTreeSet::from([*unit.output]);
    let mut dead = BTreeSet::new();
    for index in (0..unit.program.steps.len()).rev() {
        drop_index(&mut unit.program.steps[index].verb, &needed);
        let verb = &unit.program.steps[index].verb;
        if verb.writes().into_iter().any(|buf| needed.contains(&buf) || outlives(unit.program, buf))
        {
            needed.extend(verb.reads());
        } else {
            dead.insert(index);
        }
    }
    dead
}

/// Whether a buffer is there after the program ends.
fn outlives(program: &Program, buf: Buf) -> bool {
    matches!(program.buffers[buf.0].space, Space::Param(_) | Space::Gradient(_))
}

/// The winners of a pooling are kept only where something reads them.
fn drop_index(verb: &mut Verb, needed: &BTreeSet<Buf>) {
    if let Verb::MaxPool2d { index, .. } = verb {
        *index = index.filter(|index| needed.contains(index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{
        Fun,
        sample::{L, plan},
        verify::verify,
    };

    fn backward(layers: &[L], input: &[usize]) -> (String, usize) {
        let plan = drop_dead(plan(input, layers));
        assert_eq!(verify(&plan), Ok(()));
        let mut program = plan.training.program;
        program.steps.drain(..plan.training.forward);
        (program.to_string(), plan.training.head - plan.training.forward)
    }

    #[test]
    fn the_first_layer_has_no_gradient_of_its_input() {
        let layers = [L::Map(Fun::Relu), L::Dense(3)];
        let steps = "  n1.dbias = sum(d_output)
  n1.dweight = dense_grad_weight(n0.y, d_output)\n";
        assert_eq!(backward(&layers, &[4]), (steps.to_owned(), 0));
    }

    #[test]
    fn nothing_before_a_frozen_prefix_is_differentiated() {
        let layers = [L::FrozenDense(4), L::Map(Fun::Relu), L::Matrix(3), L::Softmax];
        let steps = "  n3.dx[3] = softmax_grad(d_output, n3.y)
  n2.dweight = dense_grad_weight(n1.y, n3.dx)\n";
        assert_eq!(backward(&layers, &[4]), (steps.to_owned(), 1));
    }

    #[test]
    fn a_network_without_trained_parameters_has_no_backward_steps() {
        let layers = [L::FrozenDense(4), L::Softmax];
        assert_eq!(backward(&layers, &[4]), (String::new(), 0));
    }

    #[test]
    fn a_norm_whose_input_gradient_is_dead_keeps_its_own_gradients() {
        let (steps, _) = backward(&[L::BatchNorm, L::Matrix(2)], &[4]);
        assert!(steps.contains("n0.dx[4], n0.dgamma, n0.dbeta = batch_norm_grad("), "{steps}");
    }

    #[test]
    fn running_statistics_are_moved_even_if_nothing_reads_them() {
        let plan = drop_dead(plan(&[4], &[L::BatchNorm]));
        assert!(matches!(plan.training.program.steps[0].verb, Verb::BatchNorm { .. }));
    }

    #[test]
    fn winners_are_kept_only_for_a_gradient() {
        let unread = drop_dead(plan(&[2, 2, 1], &[L::MaxPool(2, 2, 0), L::Matrix(1)]));
        let forward = unread.training.program.to_string();
        assert!(forward.starts_with("  n0.y[1, 1, 1] = max_pool2d("), "{forward}");
        let read = drop_dead(plan(&[2, 2, 1], &[L::BatchNorm, L::MaxPool(2, 2, 0), L::Matrix(1)]));
        assert!(read.training.program.to_string().contains("n1.index[1, 1, 1] = max_pool2d("));
    }
}
