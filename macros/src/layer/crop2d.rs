//! An image without its borders.

use super::{
    Check, Kind, Layer,
    borders::{self, Borders},
    image, strided,
};
use crate::{
    plan::{Buf, Strided, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
An image without its borders: `y[i, j, c] = x[i + top, j + left, c]`, from `[height, width, channels]` to
`[height - top - bottom, width - left - right, channels]`.

- `size = 0`: pixels cut off every side, one number or `(above and below, left and right)`.
- `top`: rows above, by default the size.
- `bottom`: rows below.
- `left`: columns to the left.
- `right`: columns to the right.";

pub(super) const KIND: Kind = Kind {
    keyword: "crop2d",
    doc: DOC,
    args: borders::ARGS,
    examples: &[
        "[4, 5, 2] -> [2, 3, 2] { tanh, crop2d(1) }",
        "[3, 6, 1] -> [2, 2, 1] { crop2d((0, 2), bottom = 1), tanh }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Crop2d {
    borders: Borders,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(Crop2d { borders: Borders::read(args)? }))
}

impl Crop2d {
    fn view(&self, cx: &Lower<'_>) -> Strided {
        strided::part(cx.input(), cx.output(), &self.borders.start(), &[1, 1, 1])
    }

    /// What is left along an axis; reports it where that is nothing.
    fn left(&self, axis: usize, input: &Shape, check: &mut Check<'_>) -> Dim {
        let (size, cut) = (&input.dims()[axis], self.borders.sum(axis));
        match size {
            size if cut == 0 => size.clone(),
            Dim::Literal(size) if *size > cut => Dim::from(size - cut),
            Dim::Unknown => Dim::Unknown,
            size => {
                let lines = ["rows", "columns"][axis];
                let expected = match size.literal() {
                    Some(size) => format!("at most {} in all", size - 1),
                    None => "a literal size".to_owned(),
                };
                let [before, _] = self.borders.0[axis];
                check
                    .error(before.span, format!("`crop2d` leaves none of the {size} {lines}"))
                    .found(format!("{cut} cut off {input}"))
                    .expected(expected);
                Dim::Unknown
            }
        }
    }
}

impl Layer for Crop2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("crop2d", input, check) {
            return Shape(vec![Dim::Unknown; 3]);
        }
        self.borders.expect_some("crop2d", check);
        let [height, width] = [0, 1].map(|axis| self.left(axis, input, check));
        Shape(vec![height, width, input.channels()])
    }

    fn canonical(&self) -> String {
        self.borders.canonical()
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let view = self.view(cx);
        strided::gather(cx, view)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let view = self.view(cx);
        strided::gather_grad(cx, dy, view)
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 7, 2] -> [6, 3, 2] { crop2d((0, 2), top = 1) }");
        let canonical = "top = 1, bottom = 0, left = 2, right = 2";
        assert_eq!(model.nodes[0].layer.canonical(), canonical);
    }

    #[test]
    fn forward_and_backward() {
        let network = "[4, 4, 1] -> [2, 2, 1] { crop2d(1) }";
        assert_eq!(training(network), [["Gather"], ["Scatter"]]);
    }

    #[test]
    fn something_is_left() {
        let mistake = mistake("[4, 8, 1] -> [1, 4, 1] { crop2d(2) }");
        assert!(mistake.starts_with("`crop2d` leaves none of the 4 rows"), "{mistake}");
        assert!(mistake.contains("expected: at most 3 in all"), "{mistake}");
    }

    #[test]
    fn it_takes_an_image() {
        let mistake = mistake("[49] -> [5, 5, 1] { crop2d(1) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
