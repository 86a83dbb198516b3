//! Mean over a whole sequence.

use super::{Check, Kind, Layer, Pace, pooling};
use crate::{
    plan::{Buf, Sequence, lower::Lower},
    shape::Shape,
};

const DOC: &str = "\
Mean of each feature over time: `y[c] = mean x[t, c]`, from `[time, features]` to `[features]`.
`mean_over_time` is the same.";

pub(super) const KIND: Kind = Kind {
    keyword: "global_avg_pool1d",
    doc: DOC,
    args: &[],
    examples: &["[5, 3] -> [3] { global_avg_pool1d }"],
    init_before: None,
    parse: |_| Some(Box::new(GlobalAvgPool1d { keyword: KIND.keyword })),
};

/// The layer under either of its names.
#[derive(Debug)]
pub(super) struct GlobalAvgPool1d {
    pub(super) keyword: &'static str,
}

impl Layer for GlobalAvgPool1d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        pooling::global_output_over_time(self.keyword, input, check)
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = pooling::whole(cx.input());
        pooling::mean(cx, window)
    }

    fn pace(&self, _input: &Shape) -> Pace {
        Pace::SoFar
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        let sum = cx.new_kept("sum", cx.output().clone());
        cx.push(Sequence::RunningMean { y, sum, x });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = pooling::whole(cx.input());
        pooling::mean_grad(cx, dy, window)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, plan, training},
        plan::{Pool, Verb},
        shape::Dim,
    };

    #[test]
    fn the_window_is_the_sequence() {
        let network = "[5, 2] -> [2] { global_avg_pool1d }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
        let plan = plan(network);
        let Verb::Pool(Pool::AvgPool2d { window, .. }) = &plan.inference.steps[0].verb else {
            panic!("{plan:?}")
        };
        assert_eq!(window.kernel, [Dim::ONE, Dim::from(5)]);
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [1] { global_avg_pool1d }");
        assert!(mistake.contains("help: add `reshape([8, 1])` before it"), "{mistake}");
    }
}
