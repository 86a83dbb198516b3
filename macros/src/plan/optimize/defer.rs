//! The gradients of large weights are computed last, so that a trainer may move each part of a weight
//! while its gradient is in the cache. Parts of networks have no last step of their own.

use crate::{
    plan::{Plan, Product, Step, Verb},
    shape::Dim,
};

/// Scalars of a weight that with its gradient and two moments fills the second cache of a core.
const LARGE: usize = 1 << 17;

pub(super) fn defer(mut plan: Plan) -> Plan {
    let training = &mut plan.training;
    if training.d_input.is_some() {
        return plan;
    }
    let backward = training.program.steps.split_off(training.head);
    let may_wait = |step: &Step| is_large(step) && operands_stay(step, &backward);
    let (deferred, others): (Vec<Step>, Vec<Step>) = backward.iter().cloned().partition(may_wait);
    training.deferred = deferred.len();
    training.program.steps.extend(others.into_iter().chain(deferred));
    plan
}

/// Whether a step computes the gradient of a large weight that every sample meets once.
fn is_large(step: &Step) -> bool {
    let Verb::Product(Product::GemmGradWeight { m, k, n, .. }) = &step.verb else { return false };
    let len =
        k.literal().zip(n.literal()).filter(|(_, n)| *n > 1).map(|(k, n)| k.saturating_mul(n));
    *m == Dim::ONE && len.is_some_and(|len| len >= LARGE)
}

/// Whether no step of the backward pass writes over what `step` reads, once that is there.
fn operands_stay(step: &Step, backward: &[Step]) -> bool {
    let reads = step.verb.reads();
    let writers =
        |buf| backward.iter().filter(move |step| step.verb.writes().contains(buf)).count();
    reads.iter().all(|buf| writers(buf) <= 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{optimize::drop_dead, sample::plan, verify::verify};

    fn deferred(network: &str) -> (usize, String) {
        let plan = defer(drop_dead::drop_dead(plan(network)));
        assert_eq!(verify(&plan), Ok(()));
        let mut program = plan.training.program;
        program.steps.drain(..plan.training.head);
        (plan.training.deferred, program.to_string())
    }

    #[test]
    fn gradients_of_large_weights_come_last() {
        let (count, steps) =
            deferred("[8] -> [512] { dense(512), relu, dense(512, bias = false) }");
        assert_eq!(count, 1);
        assert_eq!(
            steps,
            "  dense2.dx[512] = dense_grad_input(d_output, dense2.weight)
  relu1.dx[512] = relu_grad(dense2.dx, relu1.y)
  dense1.dbias = sum(relu1.dx)
  dense1.dweight = dense_grad_weight(input[8], relu1.dx)
  dense2.dweight = dense_grad_weight(relu1.y, d_output)\n"
        );
    }

    #[test]
    fn gradients_of_others_stay() {
        assert_eq!(deferred("[256] -> [511] { dense(511) }").0, 0, "small");
        assert_eq!(deferred("[131072] -> [1] { dense(1) }").0, 0, "a vector");
        assert_eq!(deferred("[4, 512] -> [4, 512] { dense(512) }").0, 0, "of a sequence");
        assert_eq!(deferred("[512] -> [512] { repeat(2) { dense(512) } }").0, 0, "of a turn");
    }
}
