//! Mean over as many windows as asked for.

use super::{Kind, adaptive, pooling::Way};

const DOC: &str = "\
Mean of each channel over windows that share out the image evenly, from `[height, width, channels]`
to `[h, w, channels]`; `h` divides the height and `w` the width.

- `size`: height and width of the output, one number or `(h, w)`.";

pub(super) const KIND: Kind = Kind {
    keyword: "adaptive_avg_pool2d",
    doc: DOC,
    args: &["size"],
    examples: &[
        "[4, 6, 2] -> [2, 3, 2] { tanh, adaptive_avg_pool2d((2, 3)) }",
        "[3, 3, 2] -> [1, 1, 2] { adaptive_avg_pool2d(1) }",
    ],
    init_before: None,
    parse: |args| adaptive::parse(args, KIND.keyword, Way::Mean),
};

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn windows_share_out_the_image() {
        let network = "[8, 6, 2] -> [2, 3, 2] { adaptive_avg_pool2d((2, 3)) }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
        assert_eq!(model(network).nodes[0].layer.canonical(), "(2, 3)");
    }

    #[test]
    fn the_size_divides_the_image() {
        let mistake = mistake("[8, 7, 2] -> [2, 2, 2] { adaptive_avg_pool2d(2) }");
        let words = "`adaptive_avg_pool2d` to 2 of 7 columns has unequal windows";
        assert!(mistake.starts_with(words), "{mistake}");
        assert!(mistake.contains("expected: a divisor of 7: 1, 7"), "{mistake}");
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[49] -> [1, 1, 1] { adaptive_avg_pool2d(1) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
