//! Mean over windows of an image.

use super::{Check, Kind, Layer, pooling, window::Sliding};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
Mean of each channel over windows, `y[i, j, c] = mean x[i·s + p - pad, j·s + q - pad, c]` over the taps
`p, q`, from `[height, width, channels]` to `[height', width', channels]`. The mean is of the taps that lie inside the image.

- `size`: height and width of the window, one number or `(height, width)`.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
  `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or a number on each side.";

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

#[derive(Debug)]
struct AvgPool2d {
    window: Sliding,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(AvgPool2d { window: Sliding::pooling(args)? }))
}

impl Layer for AvgPool2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        pooling::sliding_output("avg_pool2d", &self.window, input, check)
    }

    fn canonical(&self) -> String {
        self.window.canonical()
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        pooling::mean(cx, window)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        pooling::mean_grad(cx, dy, window)
    }
}
