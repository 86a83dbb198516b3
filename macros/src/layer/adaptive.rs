//! Poolings to a given size, whose windows share out the image.

use super::{Check, Layer, image, pooling::Way, window};
use crate::{
    plan::{Buf, Window, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

/// A pooling whose output has the size `[height, width]`.
#[derive(Debug)]
pub(super) struct Adaptive {
    keyword: &'static str,
    way: Way,
    size: [Spanned<usize>; 2],
}

/// Reads the size.
pub(super) fn parse(
    args: &mut Args<'_>,
    keyword: &'static str,
    way: Way,
) -> Option<Box<dyn Layer>> {
    Some(Box::new(Adaptive { keyword, way, size: args.pair("size")? }))
}

impl Layer for Adaptive {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let [height, width] = self.size.map(|size| Dim::from(size.value));
        if !image::expect(self.keyword, input, check) {
            return Shape(vec![height, width, Dim::Unknown]);
        }
        for axis in [0, 1] {
            let size = &input.dims()[axis];
            if !size.is_unknown() && self.share(axis, size).is_none() {
                self.report(axis, input, check);
                break;
            }
        }
        Shape(vec![height, width, input.channels()])
    }

    fn canonical(&self) -> String {
        window::pair(window::values(self.size))
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let window = self.window(cx.input());
        self.way.forward(cx, window)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let window = self.window(cx.input());
        self.way.backward(cx, dy, window)
    }
}

impl Adaptive {
    /// Rows or columns of each window, where all have as many.
    fn share(&self, axis: usize, size: &Dim) -> Option<usize> {
        let size = size.literal()?;
        (size % self.size[axis].value == 0).then(|| size / self.size[axis].value)
    }

    fn report(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let layer = self.keyword;
        let (Spanned { value: wanted, span }, size) = (self.size[axis], &input.dims()[axis]);
        let lines = ["rows", "columns"][axis];
        let expected = match size.literal() {
            Some(size) => {
                let divisors = (1..=size.min(4096)).filter(|n| size % n == 0);
                let divisors: Vec<String> = divisors.map(|n| n.to_string()).collect();
                format!("a divisor of {size}: {}", divisors.join(", "))
            }
            None => format!("a literal number of {lines}"),
        };
        let kind = layer.trim_start_matches("adaptive_");
        check
            .error(span, format!("`{layer}` to {wanted} of {size} {lines} has unequal windows"))
            .found(input)
            .expected(expected)
            .help(format!("or state window and stride with `{kind}`"));
    }

    /// The window of a plan over a checked input.
    fn window(&self, input: &Shape) -> Window {
        let share = |axis: usize| self.share(axis, &input.dims()[axis]).unwrap_or(1);
        let kernel = [share(0), share(1)];
        Window {
            input: image::size(input),
            output: self.size.map(|size| Dim::from(size.value)),
            kernel: kernel.map(Dim::from),
            stride: kernel,
            padding: [0, 0],
            dilation: [1, 1],
        }
    }
}
