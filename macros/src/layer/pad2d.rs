//! Zeros around an image.

use super::{
    Check, Kind, Layer,
    borders::{self, Borders},
    image, strided,
};
use crate::{
    plan::{Arrange, Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Zeros around an image: `y[i, j, c] = x[i - top, j - left, c]`, zero outside, from
`[height, width, channels]` to `[top + height + bottom, left + width + right, channels]`.

- `size = 0`: zeros on every side, one number or `(above and below, left and right)`.
- `top`: rows above, by default the size.
- `bottom`: rows below.
- `left`: columns to the left.
- `right`: columns to the right.";

pub(super) const KIND: Kind = Kind {
    keyword: "pad2d",
    doc: DOC,
    args: borders::ARGS,
    examples: &[
        "[2, 3, 2] -> [4, 5, 2] { tanh, pad2d(1) }",
        "[2, 3, 1] -> [3, 7, 1] { pad2d((0, 2), bottom = 1), tanh }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Pad2d {
    borders: Borders,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Pad2d { borders: Borders::read(args)? }))
}

impl Pad2d {
    /// Where the image lies in the output.
    fn view(&self, cx: &Lower<'_>) -> Strided {
        strided::part(cx.output(), cx.input(), &self.borders.start(), &[1, 1, 1])
    }
}

impl Layer for Pad2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("pad2d", input, check) {
            return Shape(vec![Dim::Unknown; 3]);
        }
        self.borders.expect_some("pad2d", check);
        let [height, width] = image::size(input);
        let [height, width] = [(height, 0), (width, 1)]
            .map(|(size, axis)| Dim::sum([size, self.borders.sum(axis).into()]));
        Shape(vec![height, width, input.channels()])
    }

    fn canonical(&self) -> String {
        self.borders.canonical()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, view) = (cx.new_y(), cx.x(), self.view(cx));
        cx.push(Arrange::Scatter { y, x, view });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (dx, view) = (cx.new_dx(), self.view(cx));
        cx.push(Arrange::Gather { y: dx, x: dy, view });
        dx
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 7, 2] -> [8, 11, 2] { pad2d((0, 2), top = 1) }");
        let canonical = "top = 1, bottom = 0, left = 2, right = 2";
        assert_eq!(model.nodes[0].layer.canonical(), canonical);
    }

    #[test]
    fn its_gradient_is_a_crop() {
        let network = "[2, 2, 1] -> [4, 4, 1] { pad2d(1) }";
        assert_eq!(training(network), [["Scatter"], ["Gather"]]);
    }

    #[test]
    fn zeros_are_asked_for() {
        let mistake = mistake("[2, 2, 1] -> [2, 2, 1] { pad2d }");
        assert!(mistake.starts_with("`pad2d` of no pixels changes nothing"), "{mistake}");
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[49] -> [9, 9, 1] { pad2d(1) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
