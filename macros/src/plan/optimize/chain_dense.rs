//! `a = Gemm(x); y = Gemm(a)` becomes one step in inference, where both are small.
//!
//! The call of a kernel takes about as long as a layer of a few hundred products.

use super::{chain, inference};
use crate::{
    plan::{Buf, Dense, Plan, Product, Verb, is_small},
    shape::Dim,
};

pub(super) fn chain_dense(mut plan: Plan) -> Plan {
    let mut unit = inference(&mut plan);
    chain(&mut unit, small, |y, x, layers| Verb::Product(Product::DenseChain { y, x, layers }));
    plan
}

/// Output, input and layers of a step that may be part of a chain.
fn small(verb: &Verb) -> Option<(Buf, Buf, Vec<Dense>)> {
    match verb {
        Verb::Product(Product::Gemm { y, x, w, bias, fun, m, k, n })
            if *m == Dim::ONE && is_small(k) && is_small(n) =>
        {
            let layer = Dense { w: *w, bias: *bias, fun: *fun, k: k.clone(), n: n.clone() };
            Some((*y, *x, vec![layer]))
        }
        Verb::Product(Product::DenseChain { y, x, layers }) => Some((*y, *x, layers.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Nested, Step, optimize::fuse_epilogue, sample::plan, verify::verify};

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
    fn values_that_others_read_stay() {
        let steps = |network: &str| chained(network).matches(" = ").count();
        assert_eq!(steps("[8] -> [4] { dense(8), relu, dense(4) }"), 1);
        assert_eq!(
            steps("[8] -> [4] { stem: dense(8), dense(8), dense(4), concat(stem), dense(4) }"),
            4
        );
        assert_eq!(steps("[8] -> (a: [8], b: [4]) { a: dense(8), b: dense(4) }"), 3);
        assert_eq!(steps("[8] -> [4] { a: dense(4), from(input), dense(4), add(a), dense(4) }"), 4);
        assert_eq!(steps("[8, 8] -> [8, 4] { dense(8), dense(4) }"), 2);
    }

    #[test]
    fn layers_of_a_turn_are_one_step() {
        let plan = plan("[8] -> [8] { repeat(3) { dense(8), tanh, dense(8) } }");
        let [Verb::Nested(Nested::Repeat { turns, .. })] =
            &plan.inference.steps.iter().map(|step| &step.verb).collect::<Vec<_>>()[..]
        else {
            panic!("{plan}");
        };
        assert!(
            matches!(
                &turns.plan.inference.steps[..],
                [Step { verb: Verb::Product(Product::DenseChain { .. }), .. }]
            ),
            "{}",
            turns.plan
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
