//! Instance normalisation.

use super::{Check, Kind, Layer, Param, normalization};
use crate::{
    plan::{Buf, Groups, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
`y = gamma · (x - mean) / √(var + epsilon) + beta` with mean and variance over all pixels of each
channel of a sample, from `[height, width, channels]` or `[time, features]` to the same (Ulyanov et
al. 2016).

- `epsilon = 0.001`: added to the variance, from 1e-9 to 1.

Parameters: `gamma [channels]`, `beta [channels]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "instance_norm",
    doc: DOC,
    args: &["epsilon"],
    examples: &[
        "[2, 3, 4] -> [2, 3, 4] { instance_norm }",
        "[5, 3] -> [5, 3] { instance_norm(0.1) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct InstanceNorm {
    epsilon: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(InstanceNorm { epsilon: args.float_or("epsilon", 1e-3, 1e-9..=1.0)?.value }))
}

impl InstanceNorm {
    fn sizes(&self, input: &Shape) -> Groups {
        normalization::by_group(input, input.channels(), self.epsilon)
    }
}

impl Layer for InstanceNorm {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let pixels = normalization::pixels(input);
        normalization::expect_several("instance_norm", &pixels, input, check);
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

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let sizes = self.sizes(cx.input());
        normalization::backward(cx, dy, sizes)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn forward_and_backward() {
        let backward = ["GroupNormGradScale", "GroupNormGradInput"];
        let training = training("[3, 3, 4] -> [3, 3, 4] { instance_norm }");
        assert_eq!(training, [["GroupNorm"].as_slice(), &backward]);
    }

    #[test]
    fn one_pixel_has_no_variance() {
        for shape in ["[6]", "[1, 1, 6]"] {
            let mistake = mistake(&format!("{shape} -> {shape} {{ instance_norm }}"));
            assert!(mistake.starts_with("`instance_norm` over one value"), "{mistake}");
        }
    }
}
