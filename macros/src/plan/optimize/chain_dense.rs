//! `a = Gemm(x); y = Gemm(a)` becomes one step in inference, where both are small.
//!
//! The call of a kernel takes about as long as a layer of a few hundred products.

use std::collections::BTreeSet;

use super::Unit;
use crate::plan::{Dense, Plan, Verb};
use crate::shape::Dim;

/// The most inputs or outputs of a layer: what the kernel has room for.
const WIDEST: usize = 32;

pub(super) fn chain_dense(mut plan: Plan) -> Plan {
    let mut unit = Unit {
        program: &mut plan.inference,
        marks: Vec::new(),
        output: &mut plan.output,
        seam: Vec::new(),
    };
    let mut at = 0;
    while at + 1 < unit.program.steps.len() {
        if !join(&mut unit, at) {
            at += 1;
        }
    }
    plan
}

/// Takes the next step into the one at `at`; `false` if it must stay.
fn join(unit: &mut Unit<'_>, at: usize) -> bool {
    let steps = &unit.program.steps;
    let (Some((a, x, mut layers)), Some((y, from, more))) =
        (small(&steps[at].verb), small(&steps[at + 1].verb))
    else {
        return false;
    };
    let read_later = steps[at + 2..].iter().any(|step| step.verb.reads().contains(&a));
    if from != a || read_later || *unit.output == a {
        return false;
    }
    layers.extend(more);
    unit.program.steps[at].verb = Verb::DenseChain { y, x, layers };
    unit.remove(&BTreeSet::from([at + 1]));
    true
}

/// Output, input and layers of a step that may be part of a chain.
fn small(verb: &Verb) -> Option<(crate::plan::Buf, crate::plan::Buf, Vec<Dense>)> {
    let fits = |dim: &Dim| dim.literal().is_some_and(|size| size <= WIDEST);
    match verb {
        Verb::Gemm { y, x, w, bias, fun, m, k, n } if *m == Dim::ONE && fits(k) && fits(n) => {
            let layer = Dense { w: *w, bias: *bias, fun: *fun, k: k.clone(), n: n.clone() };
            Some((*y, *x, vec![layer]))
        }
        Verb::DenseChain { y, x, layers } => Some((*y, *x, layers.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{optimize::fuse_epilogue, sample::plan, verify::verify};

    fn chained(network: &str) -> String {
        let plan = chain_dense(fuse_epilogue::fuse_epilogue(plan(network)));
        assert_eq!(verify(&plan), Ok(()));
        plan.inference.to_string()
    }

    #[test]
    fn small_layers_are_one_step() {
        assert_eq!(
            chained("[8] -> [1] { dense(16), tanh, dense(16), tanh, dense(1) }"),
            "  dense3.y[1] = dense(tanh(dense(tanh(dense(input[8], dense1.weight) + dense1.bias), \
             dense2.weight) + dense2.bias), dense3.weight) + dense3.bias\n"
        );
    }

    #[test]
    fn wide_layers_and_other_layers_stay() {
        let steps = |network: &str| chained(network).lines().count();
        assert_eq!(steps("[8] -> [1] { dense(33), tanh, dense(4), tanh, dense(1) }"), 3);
        assert_eq!(steps("[33] -> [1] { dense(8), relu, dense(1) }"), 2);
        assert_eq!(steps("[8] -> [4] { dense(8), softmax, dense(4), softmax }"), 4);
    }
}
