//! Maximum over a whole image.

use super::{Check, Kind, Layer, pooling};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
};

const DOC: &str = "\
Maximum of each channel over the image: `y[c] = max x[i, j, c]`, from `[height, width, channels]` to
`[channels]`. The gradient goes to the winner, the first of equals.";

pub(super) const KIND: Kind = Kind {
    keyword: "global_max_pool2d",
    doc: DOC,
    args: &[],
    examples: &[
        "[3, 4, 2] -> [2] { global_max_pool2d }",
        "[17, 16, 1] -> [1] { global_max_pool2d }",
    ],
    init_before: None,
    parse: |_| Some(Box::new(GlobalMaxPool2d)),
};

#[derive(Debug)]
struct GlobalMaxPool2d;

impl Layer for GlobalMaxPool2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        pooling::global_output("global_max_pool2d", input, check)
    }

    fn canonical(&self) -> String {
        String::new()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = pooling::whole(cx.input());
        pooling::max(cx, window)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = pooling::whole(cx.input());
        pooling::max_grad(cx, dy, window)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, training};

    #[test]
    fn large_images_find_their_winner_by_value() {
        let small = training("[16, 16, 2] -> [2] { global_max_pool2d }");
        assert_eq!(small, [["MaxPool2d"], ["MaxPool2dGrad"]]);
        let large = training("[17, 16, 2] -> [2] { global_max_pool2d }");
        assert_eq!(large, [["MaxPool2d"], ["MaxPool2dGradByValue"]]);
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[10] -> [1] { global_max_pool2d }");
        assert!(
            mistake.contains("add `reshape([height, width, channels])` before it"),
            "{mistake}"
        );
    }
}
