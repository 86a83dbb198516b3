//! Maximum over a whole sequence.

use super::{
    Kind,
    pooling::{Global, Way},
    window::Over,
};

const DOC: &str = "\
Maximum of each feature over time: `y[c] = max x[t, c]`, from `[time, features]` to `[features]`. The
gradient goes to the winner, the first of equals.";

pub(super) const KIND: Kind = Kind {
    keyword: "global_max_pool1d",
    doc: DOC,
    args: &[],
    examples: &["[5, 3] -> [3] { global_max_pool1d }", "[257, 1] -> [1] { global_max_pool1d }"],
    init_before: None,
    parse: |_| Some(Box::new(Global { keyword: KIND.keyword, way: Way::Max, over: Over::Time })),
};

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn long_sequences_find_their_winner_by_value() {
        let short = training("[256, 2] -> [2] { global_max_pool1d }");
        assert_eq!(short, [["MaxPool2d"], ["MaxPool2dGrad"]]);
        let long = training("[257, 2] -> [2] { global_max_pool1d }");
        assert_eq!(long, [["MaxPool2d"], ["MaxPool2dGradByValue"]]);
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [1] { global_max_pool1d }");
        assert!(mistake.contains("help: add `reshape([8, 1])` before it"), "{mistake}");
    }
}
