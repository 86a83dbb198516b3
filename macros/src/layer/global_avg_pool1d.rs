//! Mean over a whole sequence.

use super::{
    Kind,
    pooling::{Global, Way},
    window::Over,
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
    parse: |_| Some(Box::new(Global { keyword: KIND.keyword, way: Way::Mean, over: Over::Time })),
};

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
