//! Random noise while training.

use super::{Check, Kind, Layer, Pace};
use crate::{
    plan::{Buf, Random, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
While training `y = x + stddev · n` with `n` of the standard normal distribution, at inference
`y = x`, over any shape. The noise is a function of the seed, the step and the layer.

- `stddev`: the standard deviation of the noise, from 0 to 1000.";

pub(super) const KIND: Kind = Kind {
    keyword: "gaussian_noise",
    doc: DOC,
    args: &["stddev"],
    examples: &["[4] -> [3] { dense(5), gaussian_noise(0.3), dense(3) }"],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct GaussianNoise {
    stddev: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(GaussianNoise { stddev: args.float("stddev", 0.0..=1000.0)?.value }))
}

impl Layer for GaussianNoise {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn canonical(&self) -> String {
        format!("{:?}", self.stddev)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        if !cx.training() || self.stddev <= 0.0 {
            return cx.x();
        }
        let (y, x, layer) = (cx.new_y(), cx.x(), cx.layer_index());
        cx.push(Random::AddNoise { y, x, deviation: self.stddev, layer });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, _cx: &mut Lower<'_>, dy: Buf) -> Buf {
        dy
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{inference, mistake, training};

    #[test]
    fn it_is_for_training_only() {
        let network = "[4] -> [4] { relu, gaussian_noise(0.5) }";
        let [forward, backward] = training(network);
        assert_eq!(forward, ["Map", "AddNoise"]);
        assert_eq!(backward, ["MapGrad"]);
        assert_eq!(inference(network), ["Map"]);
    }

    #[test]
    fn a_deviation_is_not_negative() {
        let mistake = mistake("[4] -> [4] { gaussian_noise(-0.5) }");
        assert!(mistake.starts_with("`stddev` of `gaussian_noise` is out of range"), "{mistake}");
    }
}
