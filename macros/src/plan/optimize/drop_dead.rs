//! A step none of whose results is needed goes, and with it the gradients that only it needed.
//!
//! Needed are the output, the gradients of parameters, running statistics, what is kept for the next
//! time step, and what needed steps read. So the first layer computes no gradient of its input, and nothing before a frozen prefix
//! is differentiated.

use std::collections::BTreeSet;

use super::{Unit, each_program};
use crate::plan::{Buf, Nested, Plan, Pool, Program, Space, Verb};

pub(super) fn drop_dead(plan: Plan) -> Plan {
    each_program(plan, |unit| {
        let dead = dead_steps(unit);
        unit.remove(&dead);
    })
}

fn dead_steps(unit: &mut Unit<'_>) -> BTreeSet<usize> {
    let caller = unit.caller();
    let mut needed: BTreeSet<Buf> = [caller.output].into_iter().chain(caller.d_input).collect();
    let mut dead = BTreeSet::new();
    for index in (0..unit.program.steps.len()).rev() {
        drop_unread(&mut unit.program.steps[index].verb, &needed);
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
    let space = &program.buffers[buf.0].space;
    matches!(space, Space::Param(_) | Space::Gradient(_) | Space::Kept)
}

/// The winners of a pooling are kept only where something reads them, and a network yields the
/// gradient of its input only there.
fn drop_unread(verb: &mut Verb, needed: &BTreeSet<Buf>) {
    if let Verb::Pool(Pool::MaxPool2d { index: unread, .. })
    | Verb::Nested(Nested::NetworkGrad { dx: unread, .. }) = verb
    {
        *unread = unread.filter(|buf| needed.contains(buf));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Normalization, sample::plan, verify::verify};

    fn backward(network: &str) -> (String, usize) {
        let plan = drop_dead(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        let mut program = plan.training.program;
        program.steps.drain(..plan.training.forward);
        (program.to_string(), plan.training.head - plan.training.forward)
    }

    #[test]
    fn the_first_layer_has_no_gradient_of_its_input() {
        let steps = "  dense1.dbias = sum(d_output)
  dense1.dweight = dense_grad_weight(relu1.y, d_output)\n";
        assert_eq!(backward("[4] -> [3] { relu, dense(3) }"), (steps.to_owned(), 0));
    }

    #[test]
    fn nothing_before_a_frozen_prefix_is_differentiated() {
        let network = "[4] -> [3] { #[freeze] dense(4), relu, dense(3, bias = false), softmax }";
        let steps = "  softmax1.dx[3] = softmax_grad(d_output, softmax1.y)
  dense2.dweight = dense_grad_weight(relu1.y, softmax1.dx)\n";
        assert_eq!(backward(network), (steps.to_owned(), 1));
    }

    #[test]
    fn a_network_without_trained_parameters_has_no_backward_steps() {
        assert_eq!(backward("[4] -> [4] { #[freeze] dense(4), softmax }"), (String::new(), 0));
    }

    #[test]
    fn a_norm_whose_input_gradient_is_dead_keeps_its_own_gradients() {
        let (steps, _) = backward("[4] -> [2] { batch_norm, dense(2) }");
        let norm = "  batch_norm1.dx[4], batch_norm1.dgamma, batch_norm1.dbeta = batch_norm_grad(";
        assert!(steps.contains(norm), "{steps}");
    }

    #[test]
    fn running_statistics_are_moved_even_if_nothing_reads_them() {
        let plan = drop_dead(plan("[4] -> [4] { batch_norm }"));
        assert!(matches!(
            plan.training.program.steps[0].verb,
            Verb::Normalization(Normalization::BatchNorm { .. })
        ));
    }

    #[test]
    fn a_network_yields_the_gradient_of_its_input_only_where_something_waits_for_it() {
        let (steps, _) = backward("[4] -> [3] { dense(3), body: Body -> [3] }");
        assert!(steps.starts_with("  body.dx[3], body.dtrained = Body_grad("), "{steps}");
        let (steps, _) = backward("[4] -> [3] { tanh, body: Body -> [3] }");
        assert!(steps.starts_with("  body.dtrained = Body_grad("), "{steps}");
        let (steps, _) = backward("[4] -> [3] { #[freeze] body: Body -> [3], dense(3) }");
        assert!(!steps.contains("Body"), "{steps}");
    }

    #[test]
    fn winners_are_kept_only_for_a_gradient() {
        let pool = "max_pool2d(2), flatten, dense(1)";
        let forward = |network: &str| drop_dead(plan(network)).training.program.to_string();
        let unread = forward(&format!("[2, 2, 1] -> [1] {{ {pool} }}"));
        assert!(unread.starts_with("  max_pool2d1.y[1, 1, 1] = max_pool2d("), "{unread}");
        let read = forward(&format!("[2, 2, 1] -> [1] {{ batch_norm, {pool} }}"));
        assert!(read.contains("max_pool2d1.index[1, 1, 1] = max_pool2d("), "{read}");
    }
}
