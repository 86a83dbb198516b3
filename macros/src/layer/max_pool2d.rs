//! Maximum over windows of an image.

use super::{Check, Kind, Layer, pooling, window::Sliding};
use crate::{
    plan::{Buf, lower::Lower},
    shape::Shape,
    syntax::args::Args,
};

const DOC: &str = "\
Maximum of each channel over windows, `y[i, j, c] = max x[i·s + p - pad, j·s + q - pad, c]` over the taps
`p, q`, from `[height, width, channels]` to `[height', width', channels]`. What lies outside the image does not take part.
The gradient goes to the winner, the first of equals.

- `size`: height and width of the window, one number or `(height, width)`.
- `stride`: steps `s` between windows, by default the size.
- `padding = valid`: `valid` for none, so that `height' = ⌊(height - size) / s⌋ + 1`; `same` for
  `height' = ⌈height / s⌉`, the odd pixel below and to the right as in Keras; or a number on each side.";

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

#[derive(Debug)]
struct MaxPool2d {
    window: Sliding,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    Some(Box::new(MaxPool2d { window: Sliding::pooling(args)? }))
}

impl Layer for MaxPool2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        pooling::sliding_output("max_pool2d", &self.window, input, check)
    }

    fn canonical(&self) -> String {
        self.window.canonical()
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        pooling::max(cx, window)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = self.window.window(cx.input(), cx.output());
        pooling::max_grad(cx, dy, window)
    }
}
