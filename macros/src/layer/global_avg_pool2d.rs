//! Mean over a whole image.

use super::{
    Kind,
    pooling::{Global, Way},
    window::Over,
};

const DOC: &str = "\
Mean of each channel over the image: `y[c] = mean x[i, j, c]`, from `[height, width, channels]` to
`[channels]` (Lin et al. 2013).";

pub(super) const KIND: Kind = Kind {
    keyword: "global_avg_pool2d",
    doc: DOC,
    args: &[],
    examples: &["[3, 4, 2] -> [2] { global_avg_pool2d }"],
    init_before: None,
    parse: |_| Some(Box::new(Global { keyword: KIND.keyword, way: Way::Mean, over: Over::Image })),
};

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, plan, training},
        plan::{Pool, Verb},
        shape::Dim,
    };

    #[test]
    fn the_window_is_the_image() {
        let network = "[3, 4, 2] -> [2] { global_avg_pool2d }";
        assert_eq!(training(network), [["AvgPool2d"], ["AvgPool2dGrad"]]);
        let plan = plan(network);
        let Verb::Pool(Pool::AvgPool2d { window, channels, .. }) = &plan.inference.steps[0].verb
        else {
            panic!("{plan:?}")
        };
        assert_eq!(window.kernel, [Dim::from(3), Dim::from(4)]);
        assert_eq!((&window.output, channels), (&[Dim::ONE, Dim::ONE], &Dim::from(2)));
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[28, 28] -> [1] { global_avg_pool2d }");
        assert!(mistake.contains("help: add `reshape([28, 28, 1])` before it"), "{mistake}");
    }
}
