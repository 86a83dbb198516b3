//! More pixels for an image.

use super::{
    Check, Kind, Layer, image,
    strided::{self, strides},
    window::{pair, values},
};
use crate::{
    plan::{Arrange, Buf, Strided, Upsample, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
From `[height, width, channels]` to `[height · f, width · f, channels]`. `nearest` repeats every pixel.
`bilinear` takes the weighted mean of the four nearest, whose centres lie at whole numbers and a half;
beyond the outermost centres these pixels go on (PyTorch's `align_corners = False`).

- `factor`: how many times `f` as high and as wide, one number or `(height, width)`.
- `mode = nearest`: `nearest` or `bilinear`.";

pub(super) const KIND: Kind = Kind {
    keyword: "upsample2d",
    doc: DOC,
    args: &["factor", "mode"],
    examples: &[
        "[2, 3, 2] -> [4, 6, 2] { tanh, upsample2d(2) }",
        "[2, 3, 1] -> [2, 9, 1] { upsample2d((1, 3)) }",
        "[3, 2, 2] -> [6, 6, 2] { upsample2d((2, 3), mode = bilinear), tanh }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Upsample2d {
    factor: [usize; 2],
    bilinear: bool,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (factor, mode) =
        (args.pair("factor"), args.word_or("mode", &["nearest", "bilinear"], "nearest"));
    let (factor, bilinear) = (values(factor?), mode?.value == "bilinear");
    Some(Box::new(Upsample2d { factor, bilinear }))
}

impl Upsample2d {
    fn sizes(&self, cx: &Lower<'_>) -> Upsample {
        let (input, channels) = (image::size(cx.input()), cx.input().channels());
        Upsample { input, factor: self.factor, channels }
    }

    /// Every row and every pixel seen `factor` times.
    fn view(&self, cx: &Lower<'_>) -> Strided {
        let [height, width] = image::size(cx.input());
        let [row, pixel, one] = [0, 1, 2].map(|axis| strides(cx.input())[axis].clone());
        let [down, right] = self.factor.map(|factor| [Dim::from(factor), Dim::ZERO]);
        let axes = vec![[height, row], down, [width, pixel], right, [cx.input().channels(), one]];
        Strided::new(cx.input().len(), Dim::ZERO, axes)
    }
}

impl Layer for Upsample2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("upsample2d", input, check) {
            return Shape(vec![Dim::Unknown; 3]);
        }
        let [height, width] = image::size(input);
        let [height, width] = [(height, 0), (width, 1)]
            .map(|(size, axis)| Dim::product([size, self.factor[axis].into()]));
        Shape(vec![height, width, input.channels()])
    }

    fn canonical(&self) -> String {
        let mode = if self.bilinear { "bilinear" } else { "nearest" };
        format!("{}, mode = {mode}", pair(self.factor))
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        if !self.bilinear {
            let view = self.view(cx);
            return strided::gather(cx, view);
        }
        let (y, x, sizes) = (cx.new_y(), cx.x(), self.sizes(cx));
        cx.push(Arrange::Upsample { y, x, sizes });
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        if !self.bilinear {
            let view = self.view(cx);
            return strided::gather_grad(cx, dy, view);
        }
        let (dx, sizes) = (cx.new_dx(), self.sizes(cx));
        cx.push(Arrange::UpsampleGrad { dx, dy, sizes });
        dx
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn output_and_canonical_words() {
        let model = model("[7, 7, 2] -> [14, 21, 2] { upsample2d((2, 3)) }");
        assert_eq!(model.nodes[0].layer.canonical(), "(2, 3), mode = nearest");
    }

    #[test]
    fn forward_and_backward() {
        let nearest = training("[2, 2, 1] -> [4, 4, 1] { upsample2d(2) }");
        assert_eq!(nearest, [["Gather"], ["Scatter"]]);
        let bilinear = training("[2, 2, 1] -> [4, 4, 1] { upsample2d(2, mode = bilinear) }");
        assert_eq!(bilinear, [["Upsample"], ["UpsampleGrad"]]);
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[49] -> [14, 14, 1] { upsample2d(2) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
