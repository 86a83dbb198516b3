//! Mean over windows of a sequence.

use super::{
    Kind, Layer,
    pooling::{Pooling, Way},
    window::Sliding,
};
use crate::syntax::args::Args;

const DOC: &str = "\
Mean of each feature over windows: `y[t, c] = mean x[t·s + p - pad, c]`
over the taps `p`, from `[time, features]` to `[time', features]`.
The mean is of the taps that lie inside the sequence.

- `size`: the length of the window.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `time' = ⌊(time - size) / s⌋ + 1`; `same` for
  `time' = ⌈time / s⌉`, the odd step after the end as in Keras; or the number of steps added on each
  side.";

pub(super) const KIND: Kind = Kind {
    keyword: "avg_pool1d",
    doc: DOC,
    args: &["size", "stride", "padding"],
    examples: &[
        "[6, 2] -> [3, 2] { avg_pool1d(2) }",
        "[5, 2] -> [3, 2] { avg_pool1d(3, stride = 2, padding = 1) }",
        "[7, 1] -> [3, 1] { avg_pool1d(2, stride = 3, padding = same) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let window = Sliding::pooling_over_time(args)?;
    Some(Box::new(Pooling { keyword: KIND.keyword, way: Way::Mean, window }))
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 2] -> [4, 2] { avg_pool1d(3, stride = 2, padding = 1) }");
        assert_eq!(model.nodes[0].layer.canonical(), "size = 3, stride = 2, padding = 1");
    }

    #[test]
    fn forward_and_backward() {
        let network = "[4, 3] -> [2, 3] { avg_pool1d(2) }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
    }

    #[test]
    fn an_image_is_to_be_reshaped() {
        let mistake = mistake("[4, 4, 2] -> [2, 8] { avg_pool1d(2) }");
        assert!(mistake.starts_with("`avg_pool1d` takes a sequence"), "{mistake}");
        assert!(mistake.contains("help: add `reshape([4, 8])` before it"), "{mistake}");
    }
}
