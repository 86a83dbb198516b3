//! Random zeros while training.

use super::{Check, Kind, Layer, Pace};
use crate::{
    plan::{Buf, Random, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
While training `y = x / (1 - rate)` with probability `1 - rate`, else 0; at inference `y = x`, over any
shape (Srivastava et al. 2014). What is dropped is a function of the seed, the step and the layer.

- `rate`: the probability of a zero, from 0 to 0.99.";

pub(super) const KIND: Kind = Kind {
    keyword: "dropout",
    doc: DOC,
    args: &["rate"],
    examples: &["[4] -> [2] { dense(5), dropout(0.4), dense(2) }"],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Dropout {
    rate: f64,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Dropout { rate: args.float("rate", 0.0..=0.99)?.value }))
}

impl Dropout {
    fn is_active(&self, cx: &Lower<'_>) -> bool {
        cx.training() && self.rate > 0.0
    }
}

impl Layer for Dropout {
    fn output(&self, input: &Shape, _check: &mut Check<'_>) -> Shape {
        input.clone()
    }

    fn canonical(&self) -> String {
        format!("{:?}", self.rate)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        if !self.is_active(cx) {
            return cx.x();
        }
        let (y, x, layer) = (cx.new_y(), cx.x(), cx.layer_index());
        cx.push(Random::Dropout { y, x, rate: self.rate, layer });
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::Steps
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        if !self.is_active(cx) {
            return dy;
        }
        let (dx, layer) = (cx.new_dx(), cx.layer_index());
        cx.push(Random::Dropout { y: dx, x: dy, rate: self.rate, layer });
        dx
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{inference, mistake, model, training};

    #[test]
    fn it_is_for_training_only() {
        let network = "[4] -> [4] { relu, dropout(0.5) }";
        assert_eq!(training(network), [["Map", "Dropout"], ["Dropout", "MapGrad"]]);
        assert_eq!(inference(network), ["Map"]);
        assert_eq!(training("[4] -> [4] { relu, dropout(0) }"), [["Map"], ["MapGrad"]]);
    }

    #[test]
    fn after_softmax_the_outputs_are_no_distribution() {
        let head = model("[4] -> [4] { softmax, dropout(0.5) }").head;
        assert_eq!(head, crate::layer::Head::Plain);
    }

    #[test]
    fn not_everything_is_dropped() {
        let mistake = mistake("[4] -> [4] { dropout(1) }");
        assert!(mistake.starts_with("`rate` of `dropout` is out of range"), "{mistake}");
    }
}
