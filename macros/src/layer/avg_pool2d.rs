//! Mean over windows of an image.

use super::{
    Kind, Layer,
    pooling::{Pooling, Way},
    window::Sliding,
};
use crate::syntax::args::Args;

const DOC: &str = "\
Mean of each channel over windows: `y[i, j, c] = mean x[i·s + p - pad, j·s + q - pad, c]`
over the taps `p, q`, from `[height, width, channels]` to `[height', width', channels]`. The mean
is of the taps that lie inside the image.

- `size`: height and width of the window, one number or `(height, width)`.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
  `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or the width of the
  border on each side.";

pub(super) const KIND: Kind = Kind {
    keyword: "avg_pool2d",
    doc: DOC,
    args: &["size", "stride", "padding"],
    examples: &[
        "[4, 6, 2] -> [2, 3, 2] { avg_pool2d(2) }",
        "[5, 5, 1] -> [3, 3, 1] { avg_pool2d(3, stride = 2, padding = 1) }",
        "[3, 5, 1] -> [2, 3, 1] { avg_pool2d((2, 3), stride = 2, padding = same) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let window = Sliding::pooling(args)?;
    Some(Box::new(Pooling { keyword: KIND.keyword, way: Way::Mean, window }))
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 7, 2] -> [4, 4, 2] { avg_pool2d(3, stride = 2, padding = 1) }");
        let canonical = "size = (3, 3), stride = (2, 2), padding = (1, 1)";
        assert_eq!(model.nodes[0].layer.canonical(), canonical);
    }

    #[test]
    fn forward_and_backward() {
        let network = "[4, 4, 3] -> [2, 2, 3] { avg_pool2d(2) }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[3072] -> [16, 16, 3] { avg_pool2d(2) }");
        assert!(mistake.starts_with("`avg_pool2d` takes an image"), "{mistake}");
        assert!(mistake.contains("help: add `reshape([32, 32, 3])` before it"), "{mistake}");
    }
}
