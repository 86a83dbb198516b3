//! Poolings to a given size, whose windows share out the image.

use super::{Check, image};
use crate::{
    plan::Window,
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

/// The size of the output, `[height, width]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adaptive(pub(super) [Spanned<usize>; 2]);

impl Adaptive {
    pub(super) fn read(args: &mut Args<'_>) -> Option<Self> {
        Some(Self(args.pair("size")?))
    }

    /// Rows or columns of each window, where all have as many.
    fn share(self, axis: usize, size: &Dim) -> Option<usize> {
        let size = size.literal()?;
        (size % self.0[axis].value == 0).then(|| size / self.0[axis].value)
    }

    pub(super) fn output(self, layer: &str, input: &Shape, check: &mut Check<'_>) -> Shape {
        let [height, width] = self.0.map(|size| Dim::from(size.value));
        if !image::expect(layer, input, check) {
            return Shape(vec![height, width, Dim::Unknown]);
        }
        for axis in [0, 1] {
            let size = &input.dims()[axis];
            if !size.is_unknown() && self.share(axis, size).is_none() {
                self.report(layer, axis, input, check);
                break;
            }
        }
        Shape(vec![height, width, input.channels()])
    }

    fn report(self, layer: &str, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let (Spanned { value: wanted, span }, size) = (self.0[axis], &input.dims()[axis]);
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
    pub(super) fn window(self, input: &Shape) -> Window {
        let share = |axis: usize| self.share(axis, &input.dims()[axis]).unwrap_or(1);
        let kernel = [share(0), share(1)];
        Window {
            input: image::size(input),
            output: self.0.map(|size| Dim::from(size.value)),
            kernel: kernel.map(Dim::from),
            stride: kernel,
            padding: [0, 0],
            dilation: [1, 1],
        }
    }

    pub(super) fn canonical(self) -> String {
        super::window::pair(self.0.map(|size| size.value))
    }
}
