//! Normalisation by the root of the mean square.

use super::{Check, Kind, Layer, Pace, Param, normalization};
use crate::{
    plan::{Buf, Groups, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
`y = gamma · x / √(mean x² + epsilon)` with the mean over the last dimension, over any shape (Zhang and
Sennrich 2019).

- `epsilon = 0.000001`: added to the mean square, from 1e-9 to 1.

Parameters: `gamma [features]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "rms_norm",
    doc: DOC,
    args: &["epsilon"],
    examples: &[
        "[3] -> [2] { dense(5), rms_norm, dense(2) }",
        "[3, 4] -> [3, 4] { rms_norm(0.1) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct RmsNorm {
    epsilon: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(RmsNorm { epsilon: args.float_or("epsilon", 1e-6, 1e-9..=1.0)?.value }))
}

impl RmsNorm {
    fn sizes(&self, input: &Shape) -> Groups {
        normalization::by_row(input, false, self.epsilon)
    }
}

impl Layer for RmsNorm {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        normalization::expect_several("rms_norm", &input.channels(), input, check);
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        normalization::params(input, false)
    }

    fn canonical(&self) -> String {
        format!("{:?}", self.epsilon)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let sizes = self.sizes(cx.input());
        normalization::forward(cx, sizes)
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let sizes = self.sizes(cx.input());
        normalization::backward(cx, dy, sizes)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn it_has_factors_and_no_offsets() {
        let model = model("[4] -> [4] { rms_norm }");
        let names: Vec<_> = model.nodes[0].params.iter().map(|param| param.name).collect();
        assert_eq!(names, ["gamma"]);
        assert_eq!(model.nodes[0].layer.canonical(), "1e-6");
    }

    #[test]
    fn forward_and_backward() {
        let backward = ["GroupNormGradScale", "GroupNormGradInput"];
        let training = training("[4] -> [4] { rms_norm }");
        assert_eq!(training, [["GroupNorm"].as_slice(), &backward]);
    }

    #[test]
    fn one_feature_has_no_mean() {
        let mistake = mistake("[8, 1] -> [8, 1] { rms_norm }");
        assert!(mistake.starts_with("`rms_norm` over one value"), "{mistake}");
    }
}
