//! `a = CausalChain(x); y = CausalChain(a)` becomes one step, where all layers are small; a small
//! `Gemm` is such a layer without earlier steps, also by itself: its kernel is made for small ones.
//!
//! The call of a kernel takes about as long as a layer of a few hundred products.

use super::{chain, step};
use crate::{
    plan::{Buf, Plan, Product, Sequence, Taps, Verb, is_small},
    shape::Dim,
};

pub(super) fn chain_causal(mut plan: Plan) -> Plan {
    if let Some(stepping) = &mut plan.stepping {
        let mut unit = step(stepping);
        chain(&mut unit, small, |y, x, layers| {
            Verb::Sequence(Sequence::CausalChain { y, x, layers })
        });
        for step in &mut unit.program.steps {
            if let Some((y, x, layers)) = small(&step.verb) {
                step.verb = Verb::Sequence(Sequence::CausalChain { y, x, layers });
            }
        }
    }
    plan
}

/// Output, input and layers of a step that may be part of a chain.
fn small(verb: &Verb) -> Option<(Buf, Buf, Vec<Taps>)> {
    match verb {
        Verb::Product(Product::Gemm { y, x, w, bias, fun, m, k, n })
            if *m == Dim::ONE && is_small(k) && is_small(n) =>
        {
            let (w, bias, fun, k, n) = (*w, *bias, *fun, k.clone(), n.clone());
            let taps = Taps { ring: None, w, bias, fun, kernel: 1, dilation: 1, groups: 1, k, n };
            Some((*y, *x, vec![taps]))
        }
        Verb::Sequence(Sequence::CausalChain { y, x, layers })
            if layers.iter().all(Taps::is_small) =>
        {
            Some((*y, *x, layers.clone()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{optimize::fuse_epilogue, sample::plan, verify::verify};

    fn chained(network: &str) -> String {
        let plan = chain_causal(fuse_epilogue::fuse_epilogue(plan(network)));
        assert_eq!(verify(&plan), Ok(()));
        plan.step_program().program.to_string()
    }

    #[test]
    fn a_stack_of_dilated_convolutions_is_one_step() {
        let network = "[9, 1] -> [9, 1] {
            conv1d(8, kernel = 3, padding = causal), tanh,
            conv1d(8, kernel = 3, padding = causal, dilation = 2), dense(1),
        }";
        assert_eq!(
            chained(network),
            "  dense1.y[1, 1] = taps(taps(tanh(taps(input[1, 1], conv1d1.weight, 3 in conv1d1.ring) + \
             conv1d1.bias), conv1d2.weight, 3 by 2 in conv1d2.ring) + conv1d2.bias, dense1.weight) + dense1.bias\n"
        );
    }

    #[test]
    fn wide_layers_and_values_that_others_read_stay() {
        let steps = |network: &str| chained(network).lines().count();
        assert_eq!(steps("[9, 1] -> [9, 4] { dense(33), dense(4), dense(4), tanh, dense(4) }"), 3);
        assert_eq!(steps("[9, 4] -> [9, 4] { a: dense(4), tanh, dense(4), add(a), dense(4) }"), 5);
        assert_eq!(steps("[9, 4] -> (a: [9, 4], b: [9, 2]) { a: dense(4), b: dense(2) }"), 3);
    }
}
