//! Maximum over windows of a sequence.

use super::{
    Kind, Layer,
    pooling::{Pooling, Way},
    window::Sliding,
};
use crate::syntax::args::Args;

const DOC: &str = "\
Maximum of each feature over windows: `y[t, c] = max x[t·s + p - pad, c]`
over the taps `p`, from `[time, features]` to `[time', features]`.
What lies outside the sequence does not take part. The gradient goes to the winner, the first of equals.

- `size`: the length of the window.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `time' = ⌊(time - size) / s⌋ + 1`; `same` for
  `time' = ⌈time / s⌉`, the odd step after the end as in Keras; or the number of steps added on each
  side.";

pub(super) const KIND: Kind = Kind {
    keyword: "max_pool1d",
    doc: DOC,
    args: &["size", "stride", "padding"],
    examples: &[
        "[6, 2] -> [3, 2] { max_pool1d(2) }",
        "[5, 2] -> [3, 2] { max_pool1d(3, stride = 2, padding = 1) }",
        "[7, 1] -> [3, 1] { max_pool1d(2, stride = 3, padding = same) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let window = Sliding::pooling_over_time(args)?;
    Some(Box::new(Pooling { keyword: KIND.keyword, way: Way::Max, window }))
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, mistakes, model, training};

    #[test]
    fn the_stride_is_the_size_by_default() {
        let model = model("[14, 3] -> [4, 3] { max_pool1d(3) }");
        assert_eq!(model.nodes[0].layer.canonical(), "size = 3, stride = 3, padding = valid");
        assert_eq!(model.nodes[0].note, "the last 2 steps are not used");
    }

    #[test]
    fn winners_beyond_a_byte_are_found_by_value() {
        let network = "[256, 1] -> [1, 1] { max_pool1d(256) }";
        assert_eq!(training(network), [["MaxPool2d"], ["MaxPool2dGrad"]]);
        let [_, backward] = training("[257, 1] -> [1, 1] { max_pool1d(257) }");
        assert_eq!(backward, ["MaxPool2dGradByValue"]);
    }

    #[test]
    fn a_window_and_its_padding_fit() {
        let mistakes = mistakes("[6, 1] -> [1, 1] { max_pool1d(2, padding = 2), max_pool1d(9) }");
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].starts_with("padding 2 is not less than size 2"), "{mistakes:?}");
        assert!(mistakes[0].contains("outside the sequence"), "{mistakes:?}");
        assert!(mistakes[1].starts_with("size 9 is larger than its input [5, 1]"), "{mistakes:?}");
    }

    #[test]
    fn a_pooling_is_not_causal() {
        let mistake = mistake("[6, 1] -> [3, 1] { max_pool1d(2, padding = causal) }");
        assert!(mistake.contains("expected: `valid`, `same` or a whole number"), "{mistake}");
    }
}
