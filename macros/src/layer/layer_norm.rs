//! Layer normalisation.

use super::{Check, Kind, Layer, Pace, Param, normalization};
use crate::{
    plan::{Buf, Groups, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
`y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over the last dimension, the
features of a vector, of a step or of a pixel, over any shape (Ba et al. 2016).

- `epsilon = 0.001`: added to the variance, from 1e-9 to 1.

Parameters: `gamma [features]`, `beta [features]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "layer_norm",
    doc: DOC,
    args: &["epsilon"],
    examples: &[
        "[3] -> [2] { dense(5), layer_norm, dense(2) }",
        "[3, 4] -> [3, 4] { layer_norm(0.1) }",
        "[3] -> [2] { dense(4), #[freeze] layer_norm, dense(2) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct LayerNorm {
    epsilon: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(LayerNorm { epsilon: args.float_or("epsilon", 1e-3, 1e-9..=1.0)?.value }))
}

impl LayerNorm {
    fn sizes(&self, input: &Shape) -> Groups {
        normalization::by_row(input, true, self.epsilon)
    }
}

impl Layer for LayerNorm {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        normalization::expect_several("layer_norm", &input.channels(), input, check);
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        normalization::params(input, true)
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
    use super::*;
    use crate::layer::testing::{inference, mistake, model, plan, shape, training};

    #[test]
    fn parameters_and_statistics() {
        let network = "[6, 4] -> [6, 4] { layer_norm }";
        let params = &model(network).nodes[0].params;
        let facts: Vec<_> = params.iter().map(|p| (p.name, &p.shape, p.decays)).collect();
        let shape_of = Shape::literal(&[4]);
        assert_eq!(facts, [("gamma", &shape_of, false), ("beta", &shape_of, false)]);
        assert_eq!(shape(&plan(network).inference, "layer_norm1.stats"), "[6, 2, 1]");
    }

    #[test]
    fn forward_and_backward() {
        let network = "[4] -> [4] { layer_norm }";
        let backward = ["GroupNormGradScale", "GroupNormGradInput"];
        assert_eq!(training(network), [["GroupNorm"].as_slice(), &backward]);
        assert_eq!(inference(network), ["GroupNorm"]);
        let [_, backward] = training("[4] -> [4] { #[freeze] layer_norm }");
        assert_eq!(backward, ["GroupNormGradInput"]);
    }

    #[test]
    fn one_feature_has_no_variance() {
        let mistake = mistake("[8, 1] -> [8, 1] { layer_norm }");
        assert!(mistake.starts_with("`layer_norm` over one value"), "{mistake}");
    }
}
