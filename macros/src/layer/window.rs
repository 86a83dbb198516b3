//! Sliding windows over an image: the arithmetic that convolutions and poolings share.

use super::{Check, image};
use crate::{
    plan::Window,
    shape::{Dim, Shape},
    syntax::{
        Spanned,
        args::{Args, Padding},
    },
};

/// A window as written, `[height, width]` each.
#[derive(Clone, Debug)]
pub(super) struct Sliding {
    /// The name of the argument that `kernel` was read from.
    pub(super) word: &'static str,
    pub(super) kernel: [Spanned<usize>; 2],
    pub(super) stride: [usize; 2],
    pub(super) padding: Padding,
    pub(super) dilation: [usize; 2],
}

/// A window along one axis of a known input.
#[derive(Debug, PartialEq, Eq)]
struct Axis {
    output: usize,
    /// Padding before the first pixel.
    before: usize,
    /// Pixels after the last window.
    unused: usize,
}

/// Why a window has no output size along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misfit {
    TooLarge,
    /// The size is a symbol and would change: a [`Dim`] has no differences and quotients.
    Symbolic,
}

impl Sliding {
    /// Reads `size`, `stride` (by default the size) and `padding`, as poolings have them.
    pub(super) fn pooling(args: &mut Args<'_>) -> Option<Self> {
        let kernel = args.pair("size");
        let default = kernel.map_or([1, 1], values);
        let (stride, padding) = (args.pair_or("stride", default), args.padding_or("padding"));
        let (kernel, stride) = (kernel?, values(stride?));
        Some(Self { word: "size", kernel, stride, padding: padding?, dilation: [1, 1] })
    }

    /// The output's height and width over an input `[height, width, channels]`. A window larger than
    /// its input is reported, and leaves that one dimension unknown.
    pub(super) fn output(&self, input: &Shape, check: &mut Check<'_>) -> [Dim; 2] {
        let sizes = [0, 1].map(|axis| self.output_size(axis, &input.dims()[axis]));
        let same_kernel = self.kernel[0].value == self.kernel[1].value;
        for axis in [0, 1] {
            let said = axis == 1 && same_kernel && sizes[0] == sizes[1];
            match sizes[axis] {
                Err(Misfit::TooLarge) if !said => self.report_too_large(axis, input, check),
                Err(Misfit::Symbolic) if !said => self.report_symbolic(axis, input, check),
                _ => {}
            }
        }
        sizes.map(|size| size.unwrap_or(Dim::Unknown))
    }

    fn output_size(&self, axis: usize, input: &Dim) -> Result<Dim, Misfit> {
        match input {
            Dim::Literal(size) => match self.axis(axis, *size) {
                Some(axis) => Ok(Dim::from(axis.output)),
                None => Err(Misfit::TooLarge),
            },
            Dim::Unknown => Ok(Dim::Unknown),
            symbol if self.keeps_size(axis) => Ok(symbol.clone()),
            _ => Err(Misfit::Symbolic),
        }
    }

    fn keeps_size(&self, axis: usize) -> bool {
        matches!(self.padding, Padding::Same) && self.stride[axis] == 1
    }

    fn axis(&self, axis: usize, input: usize) -> Option<Axis> {
        let (extent, stride) = (self.extent(axis), self.stride[axis]);
        let output = match self.padding {
            Padding::Same => input.div_ceil(stride),
            _ => self.padded(axis, input).checked_sub(extent)? / stride + 1,
        };
        let end = output.saturating_sub(1).saturating_mul(stride).saturating_add(extent);
        let before = match self.padding {
            Padding::Same => end.saturating_sub(input) / 2,
            _ => self.explicit_padding(axis),
        };
        Some(Axis { output, before, unused: input.saturating_sub(end.saturating_sub(before)) })
    }

    /// Pixels from the first tap to the last: `(kernel - 1) · dilation + 1`.
    fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis].value - 1).saturating_mul(self.dilation[axis]).saturating_add(1)
    }

    fn explicit_padding(&self, axis: usize) -> usize {
        match &self.padding {
            Padding::Number(sizes) => sizes[axis].value,
            Padding::Valid | Padding::Same => 0,
        }
    }

    fn padded(&self, axis: usize, input: usize) -> usize {
        input.saturating_add(self.explicit_padding(axis).saturating_mul(2))
    }

    fn report_too_large(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        let Spanned { value: kernel, span } = self.kernel[axis];
        let (word, dilation) = (self.word, self.dilation[axis]);
        let (at, spans) = match dilation {
            1 => (String::new(), "is larger than".to_owned()),
            _ => (
                format!(" at dilation {dilation}"),
                format!("spans {} pixels, more than", self.extent(axis)),
            ),
        };
        let size = input.dims()[axis].literal().unwrap_or(0);
        let room = self.padded(axis, size);
        let padded = if room > size { format!(", {room} with padding") } else { String::new() };
        let most = room.saturating_sub(1) / dilation + 1;
        let lines = ["rows", "columns"][axis];
        check
            .error(span, format!("{word} {kernel}{at} {spans} its input {input}"))
            .found(format!("{word} {kernel}{at}"))
            .expected(format!("at most {most}{at}: the input has {size} {lines}{padded}"))
            .help("make it smaller, or pad the image with `padding = same`");
    }

    fn report_symbolic(&self, axis: usize, input: &Shape, check: &mut Check<'_>) {
        check
            .error(self.kernel[axis].span, format!("{} slides over a symbolic size", self.word))
            .found(input)
            .expected("literal height and width")
            .help("use `padding = same` and stride 1, which keep the size");
    }

    /// Reports a padding so wide that a window could lie wholly outside the image, where a pooling
    /// has no value.
    pub(super) fn check_padding_of_pooling(&self, check: &mut Check<'_>) {
        let Padding::Number(padding) = &self.padding else { return };
        let wrong = |axis: usize| padding[axis].value >= self.kernel[axis].value;
        let Some(axis) = [0, 1].into_iter().find(|axis| wrong(*axis)) else { return };
        let (padding, size) = (padding[axis], self.kernel[axis].value);
        check
            .error(padding.span, format!("padding {} is not less than size {size}", padding.value))
            .found(format!("padding {}", padding.value))
            .expected(format!("at most {}", size - 1))
            .note("a window that lay wholly outside the image would have no value")
            .help(format!("write `padding = {}` or `padding = same`", size - 1));
    }

    /// The window of a plan over a checked input and output.
    pub(super) fn window(&self, input: &Shape, output: &Shape) -> Window {
        Window {
            input: image::size(input),
            output: image::size(output),
            kernel: values(self.kernel).map(Dim::from),
            stride: self.stride,
            padding: [0, 1].map(|axis| self.before(axis, &input.dims()[axis])),
            dilation: self.dilation,
        }
    }

    fn before(&self, axis: usize, input: &Dim) -> usize {
        let known = input.literal().and_then(|size| self.axis(axis, size));
        known.map_or_else(|| (self.extent(axis) - 1) / 2, |axis| axis.before)
    }

    /// Which pixels of `input` no window sees, for the table.
    pub(super) fn note(&self, input: &Shape) -> String {
        let [height, width] = [0, 1].map(|axis| {
            let size = input.dims().get(axis).and_then(Dim::literal);
            size.and_then(|size| self.axis(axis, size)).map_or(0, |axis| axis.unused)
        });
        let gaps = [0, 1].iter().any(|axis| self.stride[*axis] > self.extent(*axis));
        let gaps = gaps.then(|| "pixels between windows are not used".to_owned());
        let remarks: Vec<String> = unused(height, width).into_iter().chain(gaps).collect();
        remarks.join("; ")
    }

    /// `kernel = (3, 3), stride = (1, 1), padding = valid`.
    pub(super) fn canonical(&self) -> String {
        let padding = match &self.padding {
            Padding::Valid => "valid".to_owned(),
            Padding::Same => "same".to_owned(),
            Padding::Number(sizes) => pair(values(*sizes)),
        };
        let kernel = pair(values(self.kernel));
        format!("{} = {kernel}, stride = {}, padding = {padding}", self.word, pair(self.stride))
    }
}

pub(super) fn values(pair: [Spanned<usize>; 2]) -> [usize; 2] {
    pair.map(|size| size.value)
}

pub(super) fn pair([height, width]: [usize; 2]) -> String {
    format!("({height}, {width})")
}

fn unused(rows: usize, columns: usize) -> Option<String> {
    let count = |n: usize, one: &str| match n {
        0 => None,
        1 => Some(one.to_owned()),
        n => Some(format!("{n} {one}s")),
    };
    let parts: Vec<String> =
        [count(rows, "row"), count(columns, "column")].into_iter().flatten().collect();
    let verb = if rows + columns == 1 { "is" } else { "are" };
    (!parts.is_empty()).then(|| format!("the last {} {verb} not used", parts.join(" and ")))
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::*;

    fn spanned(value: usize) -> Spanned<usize> {
        Spanned { value, span: Span::call_site() }
    }

    fn sliding(kernel: usize, stride: usize, padding: Padding, dilation: usize) -> Sliding {
        let (stride, dilation) = ([stride; 2], [dilation; 2]);
        Sliding { word: "kernel", kernel: [spanned(kernel); 2], stride, padding, dilation }
    }

    fn number(padding: usize) -> Padding {
        Padding::Number([spanned(padding); 2])
    }

    fn axis(sliding: &Sliding, input: usize) -> Option<(usize, usize, usize)> {
        sliding.axis(0, input).map(|axis| (axis.output, axis.before, axis.unused))
    }

    #[test]
    fn valid_windows_lie_inside() {
        assert_eq!(axis(&sliding(3, 1, Padding::Valid, 1), 28), Some((26, 0, 0)));
        assert_eq!(axis(&sliding(2, 2, Padding::Valid, 1), 13), Some((6, 0, 1)));
        assert_eq!(axis(&sliding(3, 1, Padding::Valid, 4), 9), Some((1, 0, 0)));
        assert_eq!(axis(&sliding(3, 1, Padding::Valid, 5), 9), None);
    }

    #[test]
    fn same_pads_the_odd_pixel_after() {
        assert_eq!(axis(&sliding(3, 1, Padding::Same, 1), 7), Some((7, 1, 0)));
        assert_eq!(axis(&sliding(4, 1, Padding::Same, 1), 6), Some((6, 1, 0)));
        assert_eq!(axis(&sliding(3, 2, Padding::Same, 1), 8), Some((4, 0, 0)));
        assert_eq!(axis(&sliding(1, 3, Padding::Same, 1), 5), Some((2, 0, 1)));
        assert_eq!(axis(&sliding(9, 1, Padding::Same, 1), 2), Some((2, 4, 0)));
    }

    #[test]
    fn numbers_pad_both_sides() {
        assert_eq!(axis(&sliding(3, 1, number(2), 1), 5), Some((7, 2, 0)));
        assert_eq!(axis(&sliding(3, 2, number(1), 1), 8), Some((4, 1, 0)));
        assert_eq!(axis(&sliding(2, 4, number(1), 1), 8), Some((3, 1, 0)));
        assert_eq!(axis(&sliding(7, 1, number(1), 1), 4), None);
    }

    #[test]
    fn absurd_numbers_saturate() {
        let most = usize::MAX;
        assert_eq!(axis(&sliding(most, 1, Padding::Valid, most), 28), None);
        assert!(axis(&sliding(3, 1, number(most), 1), 28).is_some());
        assert!(axis(&sliding(most, most, Padding::Same, most), 28).is_some());
    }

    #[test]
    fn padded_windows_always_touch_the_image() {
        for (input, kernel, stride) in
            (1..9).flat_map(|i| (1..5).flat_map(move |k| (1..6).map(move |s| (i, k, s))))
        {
            let paddings = (0..kernel).map(number).chain([Padding::Same]);
            for sliding in paddings.map(|padding| sliding(kernel, stride, padding, 1)) {
                let Some(axis) = sliding.axis(0, input) else { continue };
                let last = (axis.output - 1) * stride;
                assert!(axis.before < kernel, "{input} {kernel} {stride}: {axis:?}");
                assert!(last < input + axis.before, "{input} {kernel} {stride}: {axis:?}");
            }
        }
    }

    #[test]
    fn notes_count_rows_and_columns() {
        assert_eq!(unused(0, 0), None);
        assert_eq!(unused(1, 0).unwrap(), "the last row is not used");
        assert_eq!(unused(1, 1).unwrap(), "the last row and column are not used");
        assert_eq!(unused(0, 2).unwrap(), "the last 2 columns are not used");
        assert_eq!(unused(1, 3).unwrap(), "the last row and 3 columns are not used");
        let skipping = sliding(1, 2, Padding::Valid, 1).note(&Shape::literal(&[5, 5, 1]));
        assert_eq!(skipping, "pixels between windows are not used");
    }

    #[test]
    fn symbols_pass_where_the_size_stays() {
        let height = Dim::Symbol("H".to_owned());
        let same = sliding(3, 1, Padding::Same, 1);
        assert_eq!(same.output_size(0, &height), Ok(height.clone()));
        assert_eq!(same.before(0, &height), 1);
        let valid = sliding(3, 1, Padding::Valid, 1);
        assert_eq!(valid.output_size(0, &height), Err(Misfit::Symbolic));
    }
}
