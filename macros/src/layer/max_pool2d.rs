//! Maximum over windows of an image.

use super::{
    Kind, Layer,
    pooling::{Pooling, Way},
    window::Sliding,
};
use crate::syntax::args::Args;

const DOC: &str = "\
Maximum of each channel over windows: `y[i, j, c] = max x[i·s + p - pad, j·s + q - pad, c]`
over the taps `p, q`, from `[height, width, channels]` to `[height', width', channels]`. What lies
outside the image does not take part. The gradient goes to the winner, the first of
equals.

- `size`: height and width of the window, one number or `(height, width)`.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
  `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or the width of the
  border on each side.";

pub(super) const KIND: Kind = Kind {
    keyword: "max_pool2d",
    doc: DOC,
    args: &["size", "stride", "padding"],
    examples: &[
        "[4, 6, 2] -> [2, 3, 2] { max_pool2d(2) }",
        "[5, 5, 1] -> [3, 3, 1] { max_pool2d(3, stride = 2, padding = 1) }",
        "[3, 5, 1] -> [2, 3, 1] { max_pool2d((2, 3), stride = 2, padding = same) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let window = Sliding::pooling(args)?;
    Some(Box::new(Pooling { keyword: KIND.keyword, way: Way::Max, window }))
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{inference, mistakes, model, plan, shape, training};

    #[test]
    fn the_stride_is_the_size_by_default() {
        let model = model("[13, 14, 3] -> [6, 4, 3] { max_pool2d((2, 3)) }");
        let canonical = "size = (2, 3), stride = (2, 3), padding = valid";
        assert_eq!(model.nodes[0].layer.canonical(), canonical);
        assert_eq!(model.nodes[0].note, "the last row and 2 columns are not used");
    }

    #[test]
    fn winners_are_kept_for_training_only() {
        let network = "[4, 4, 3] -> [2, 2, 3] { max_pool2d(2) }";
        assert_eq!(training(network), [["MaxPool2d"], ["MaxPool2dGrad"]]);
        assert_eq!(inference(network), ["MaxPool2d"]);
        let plan = plan(network);
        assert_eq!(shape(&plan.training.program, "max_pool2d1.index"), "[2, 2, 3]");
        assert!(plan.inference.buffers.iter().all(|buffer| buffer.name != "max_pool2d1.index"));
    }

    #[test]
    fn winners_beyond_a_byte_are_found_by_value() {
        let [_, backward] = training("[16, 16, 1] -> [1, 1, 1] { max_pool2d(16) }");
        assert_eq!(backward, ["MaxPool2dGrad"]);
        let [_, backward] = training("[17, 16, 1] -> [1, 1, 1] { max_pool2d((17, 16)) }");
        assert_eq!(backward, ["MaxPool2dGradByValue"]);
    }

    #[test]
    fn a_padding_leaves_no_window_outside() {
        let network = "[6, 6, 1] -> [9, 9, 1] { max_pool2d(2, stride = 1, padding = 2) }";
        let mistakes = mistakes(network);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].starts_with("padding 2 is not less than size 2"), "{mistakes:?}");
        assert!(mistakes[0].contains("help: write `padding = 1`"), "{mistakes:?}");
    }

    #[test]
    fn a_window_fits_its_input() {
        let network = "[6, 9, 1] -> [1, 1, 1] { max_pool2d((7, 2)), max_pool2d(5) }";
        let mistakes = mistakes(network);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[0].starts_with("size 7 is larger than its input [6, 9, 1]"));
        assert!(mistakes[1].starts_with("size 5 is larger than its input [?, 4, 1]"));
    }
}
