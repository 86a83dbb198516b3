//! Maximum over a whole image.

use super::{
    Kind,
    pooling::{Global, Way},
    window::Over,
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
    parse: |_| Some(Box::new(Global { keyword: KIND.keyword, way: Way::Max, over: Over::Image })),
};

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
