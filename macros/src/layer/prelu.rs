//! ReLU with a trained slope for negative values.

use super::{Check, Init, Kind, Layer, Pace, Param};
use crate::{
    plan::{Buf, Elementwise, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
`y = x` where `x > 0`, else `alpha[c] · x`, with a slope for every channel or feature `c`, the last
dimension, over any shape (He et al. 2015). Weights before it start as `he_uniform`.

- `alpha_init = constant(0.25)`: how `alpha` starts.

Parameters: `alpha [c]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "prelu",
    doc: DOC,
    args: &["alpha_init"],
    examples: &[
        "[3] -> [2] { dense(5), prelu, dense(2) }",
        "[2, 3, 2] -> [2, 3, 2] { prelu(alpha_init = zeros) }",
    ],
    init_before: Some(Init::HeUniform),
    parse,
};

#[derive(Debug)]
struct Prelu {
    alpha_init: Init,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Prelu { alpha_init: args.init("alpha_init")?.unwrap_or(Init::Constant(0.25)) }))
}

impl Layer for Prelu {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let channels = input.channels();
        vec![Param {
            name: "alpha",
            shape: Shape::flat(channels.clone()),
            init: Some(self.alpha_init),
            fan_in: channels.clone(),
            fan_out: channels,
            trained: true,
            decays: false,
        }]
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, alpha) = (cx.new_y(), cx.x(), cx.param("alpha"));
        cx.push(Elementwise::Prelu { y, x, alpha });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (x, alpha) = (cx.x(), cx.param("alpha"));
        if let Some(dalpha) = cx.grad("alpha") {
            cx.push(Elementwise::PreluGradSlope { dalpha, dy, x });
        }
        let dx = cx.new_dx();
        cx.push(Elementwise::PreluGradInput { dx, dy, x, alpha });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn a_slope_for_every_channel() {
        let model = model("[5, 5, 3] -> [5, 5, 3] { prelu }");
        let alpha = &model.nodes[0].params[0];
        assert_eq!((&alpha.shape, alpha.init), (&Shape::literal(&[3]), Some(Init::Constant(0.25))));
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[4] -> [4] { prelu }");
        assert_eq!((forward, backward), (vec!["Prelu".to_owned()], gradients()));
        let [_, backward] = training("[4] -> [4] { #[freeze] prelu }");
        assert_eq!(backward, ["PreluGradInput"]);
    }

    fn gradients() -> Vec<String> {
        ["PreluGradSlope", "PreluGradInput"].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_number_is_no_initialiser() {
        let mistake = mistake("[4] -> [4] { prelu(0.25) }");
        assert!(mistake.contains("help: write `alpha_init = constant(0.25)`"), "{mistake}");
    }
}
