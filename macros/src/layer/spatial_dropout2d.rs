//! Random channels of zeros while training.

use super::{Check, Kind, Layer, image};
use crate::{
    plan::{Buf, Random, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
While training every channel of a sample as a whole is `x / (1 - rate)` with probability `1 - rate`,
else 0; at inference `y = x`, over `[height, width, channels]` (Tompson et al. 2015). What is dropped
is a function of the seed, the step and the layer.

- `rate`: the probability of a channel of zeros, from 0 to 0.99.";

pub(super) const KIND: Kind = Kind {
    keyword: "spatial_dropout2d",
    doc: DOC,
    args: &["rate"],
    examples: &["[2, 2, 6] -> [2, 2, 6] { tanh, spatial_dropout2d(0.4) }"],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct SpatialDropout2d {
    rate: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(SpatialDropout2d { rate: args.float("rate", 0.0..=0.99)?.value }))
}

impl SpatialDropout2d {
    fn is_active(&self, cx: &Lower<'_>) -> bool {
        cx.training() && self.rate > 0.0
    }

    fn push(&self, cx: &mut Lower<'_>, y: Buf, x: Buf) -> Buf {
        let (channels, layer) = (cx.input().channels(), cx.layer_index());
        cx.push(Random::DropoutChannels { y, x, channels, rate: self.rate, layer });
        y
    }
}

impl Layer for SpatialDropout2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if image::expect("spatial_dropout2d", input, check) {
            return input.clone();
        }
        Shape(vec![Dim::Unknown; 3])
    }

    fn canonical(&self) -> String {
        format!("{:?}", self.rate)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        if !self.is_active(cx) {
            return cx.x();
        }
        let (y, x) = (cx.new_y(), cx.x());
        self.push(cx, y, x)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        if !self.is_active(cx) {
            return dy;
        }
        let dx = cx.new_dx();
        self.push(cx, dx, dy)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{inference, mistake, training};

    #[test]
    fn it_is_for_training_only() {
        let network = "[2, 2, 4] -> [2, 2, 4] { relu, spatial_dropout2d(0.5) }";
        let [forward, backward] = training(network);
        assert_eq!(forward, ["Map", "DropoutChannels"]);
        assert_eq!(backward, ["DropoutChannels", "MapGrad"]);
        assert_eq!(inference(network), ["Map"]);
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[49] -> [7, 7, 1] { spatial_dropout2d(0.5) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
