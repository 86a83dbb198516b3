//! Softmax: scores become probabilities.

use super::{Check, Head, Init, Kind, Layer, Pace};
use crate::{
    plan::{Buf, Normalization, lower::Lower},
    shape::{Dim, Shape},
};

const DOC: &str = "\
`y[n] = exp(x[n] - max x) / Σ exp(x - max x)` over the last dimension, so that the outputs are positive
and sum to 1, over any shape (Bridle 1990). At the end of a network it is what `CrossEntropy` asks for.
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "softmax",
    doc: DOC,
    args: &[],
    examples: &["[4] -> [3] { dense(3), softmax }", "[2, 2, 3] -> [2, 2, 3] { softmax }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Some(Box::new(Softmax)),
};

#[derive(Debug)]
struct Softmax;

impl Layer for Softmax {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        expect_features("softmax", "1", input, check);
        input.clone()
    }

    fn head(&self) -> Head {
        Head::Softmax
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, n) = (cx.new_y(), cx.x(), cx.input().channels());
        cx.push(Normalization::Softmax { y, x, n });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, y, n) = (cx.new_dx(), cx.y(), cx.input().channels());
        cx.push(Normalization::SoftmaxGrad { dx, dy, y, n });
        dx
    }
}

/// Reports a distribution over a single feature, which does not depend on its input.
pub(super) fn expect_features(layer: &str, constant: &str, input: &Shape, check: &mut Check<'_>) {
    if input.channels() == Dim::ONE {
        check
            .error(check.keyword, format!("`{layer}` over one feature is always {constant}"))
            .found(input)
            .expected("at least two features")
            .help("use `sigmoid` for a single probability");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layer::testing::{mistake, model, plan, training},
        plan::Verb,
    };

    #[test]
    fn it_is_a_head_over_the_last_dimension() {
        let network = "[2, 2, 3] -> [2, 2, 3] { softmax }";
        assert_eq!(model(network).head, Head::Softmax);
        assert_eq!(training(network), [["Softmax"], ["SoftmaxGrad"]]);
        let plan = plan(network);
        let Verb::Normalization(Normalization::Softmax { n, .. }) = &plan.inference.steps[0].verb
        else {
            panic!("{plan:?}")
        };
        assert_eq!(n, &Dim::from(3));
    }

    #[test]
    fn one_feature_is_no_distribution() {
        let mistake = mistake("[4] -> [1] { dense(1), softmax }");
        assert!(mistake.starts_with("`softmax` over one feature is always 1"), "{mistake}");
        assert!(mistake.contains("help: use `sigmoid`"), "{mistake}");
    }
}
