//! Mean over a whole sequence, by its other name.

use super::{
    Kind,
    pooling::{Global, Way},
    window::Over,
};

const DOC: &str = "\
Mean of each feature over time: `y[c] = mean x[t, c]`, from `[time, features]` to `[features]`.
`global_avg_pool1d` is the same.";

pub(super) const KIND: Kind = Kind {
    keyword: "mean_over_time",
    doc: DOC,
    args: &[],
    examples: &["[4, 2] -> [2] { mean_over_time }"],
    init_before: None,
    parse: |_| Some(Box::new(Global { keyword: KIND.keyword, way: Way::Mean, over: Over::Time })),
};

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn it_is_a_pooling() {
        let network = "[4, 2] -> [2] { mean_over_time }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[4, 4, 2] -> [2] { mean_over_time }");
        assert!(mistake.starts_with("`mean_over_time` takes a sequence"), "{mistake}");
    }
}
