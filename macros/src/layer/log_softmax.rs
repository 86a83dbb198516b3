//! Logarithm of softmax.

use super::{Check, Head, Init, Kind, Layer, Pace, softmax::expect_features};
use crate::{
    plan::{Buf, Normalization, lower::Lower},
    shape::Shape,
};

const DOC: &str = "\
`y[n] = x[n] - max x - ln Σ exp(x - max x)` over the last dimension: the logarithm of `softmax`, without
its loss of precision, over any shape.
Weights before it start as `glorot_uniform` (Glorot and Bengio 2010).";

pub(super) const KIND: Kind = Kind {
    keyword: "log_softmax",
    doc: DOC,
    args: &[],
    examples: &["[4] -> [3] { dense(3), log_softmax }", "[2, 2, 3] -> [2, 2, 3] { log_softmax }"],
    init_before: Some(Init::GlorotUniform),
    parse: |_| Some(Box::new(LogSoftmax)),
};

#[derive(Debug)]
struct LogSoftmax;

impl Layer for LogSoftmax {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        expect_features("log_softmax", "0", input, check);
        input.clone()
    }

    fn head(&self) -> Head {
        Head::LogSoftmax
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, n) = (cx.new_y(), cx.x(), cx.input().channels());
        cx.push(Normalization::LogSoftmax { y, x, n });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, y, n) = (cx.new_dx(), cx.y(), cx.input().channels());
        cx.push(Normalization::LogSoftmaxGrad { dx, dy, y, n });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn it_is_a_head() {
        let network = "[3] -> [3] { log_softmax }";
        assert_eq!(model(network).head, Head::LogSoftmax);
        assert_eq!(training(network), [["LogSoftmax"], ["LogSoftmaxGrad"]]);
    }

    #[test]
    fn one_feature_is_no_distribution() {
        let mistake = mistake("[4] -> [1] { dense(1), log_softmax }");
        assert!(mistake.starts_with("`log_softmax` over one feature is always 0"), "{mistake}");
    }
}
