//! Sliding windows: the arithmetic that convolutions and poolings share.

mod transposed;
mod words;

use super::{Check, image, sequence};
use crate::{
    plan::Window,
    shape::{Dim, MAX_SCALARS, Shape},
    syntax::{
        Spanned,
        args::{Args, Padding},
    },
};

/// What a window slides over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// `[height, width, channels]`.
    Image,
    /// `[time, features]`, which to a plan is an image of height 1.
    Time,
}

/// A window as written, `[height, width]` each; over time the height is 1.
#[derive(Clone, Debug)]
pub(super) struct Sliding {
    pub(super) over: Over,
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
    /// Reads `size`, `stride` (by default the size) and `padding`, as poolings of images have them.
    pub(super) fn pooling(args: &mut Args<'_>) -> Option<Self> {
        let kernel = args.pair("size");
        let default = kernel.map_or([1, 1], values);
        let (stride, padding) = (args.pair_or("stride", default), args.padding_or("padding"));
        let (kernel, stride, padding) = (kernel?, values(stride?), padding?);
        Some(Self { over: Over::Image, word: "size", kernel, stride, padding, dilation: [1, 1] })
    }

    /// The same over time.
    pub(super) fn pooling_over_time(args: &mut Args<'_>) -> Option<Self> {
        let kernel = args.count("size");
        let default = kernel.map_or(1, |kernel| kernel.value);
        let (stride, padding) =
            (args.count_or("stride", default), args.padding_over_time("padding", false));
        let (kernel, stride, padding) = (over_time(kernel?), [1, stride?.value], padding?);
        Some(Self { over: Over::Time, word: "size", kernel, stride, padding, dilation: [1, 1] })
    }

    /// Reads `stride`, `padding` and `dilation` of a convolution over images.
    pub(super) fn convolution(
        args: &mut Args<'_>,
        kernel: Option<[Spanned<usize>; 2]>,
    ) -> Option<Self> {
        let (stride, padding) = (args.pair_or("stride", [1, 1]), args.padding_or("padding"));
        let dilation = args.pair_or("dilation", [1, 1]);
        let (kernel, stride, dilation) = (kernel?, values(stride?), values(dilation?));
        let padding = padding?;
        Some(Self { over: Over::Image, word: "kernel", kernel, stride, padding, dilation })
    }

    /// The same over time, where the padding may be `causal` if that has a meaning.
    pub(super) fn convolution_over_time(
        args: &mut Args<'_>,
        kernel: Option<Spanned<usize>>,
        causal: bool,
    ) -> Option<Self> {
        let (stride, padding) =
            (args.count_or("stride", 1), args.padding_over_time("padding", causal));
        let dilation = args.count_or("dilation", 1);
        let (kernel, stride, dilation) = (over_time(kernel?), [1, stride?.value], dilation?.value);
        let (padding, dilation) = (padding?, [1, dilation]);
        Some(Self { over: Over::Time, word: "kernel", kernel, stride, padding, dilation })
    }

    /// The size of an input along an axis; unknown where the input is of another rank.
    fn size(&self, input: &Shape, axis: usize) -> Dim {
        match (self.over, input.rank()) {
            (Over::Image, 3) | (Over::Time, 2) => self.sizes(input)[axis].clone(),
            _ => Dim::Unknown,
        }
    }

    fn sizes(&self, shape: &Shape) -> [Dim; 2] {
        match self.over {
            Over::Image => image::size(shape),
            Over::Time => sequence::size(shape),
        }
    }

    /// Whether an output over time sees no step of the input behind its own, and every step has one.
    pub(super) fn is_causal(&self) -> bool {
        let alone = self.kernel[1].value == 1 && self.explicit_padding(1) == 0;
        self.stride[1] == 1 && (alone || matches!(self.padding, Padding::Causal))
    }

    /// The output's height and width. A window larger than its input is reported, and leaves that one
    /// dimension unknown.
    pub(super) fn output(&self, input: &Shape, check: &mut Check<'_>) -> [Dim; 2] {
        if let Some(axis) = [0, 1].into_iter().find(|axis| self.reaches_too_far(*axis)) {
            self.report_reach(axis, check);
            return [Dim::Unknown, Dim::Unknown];
        }
        let sizes = [0, 1].map(|axis| self.output_size(axis, &self.size(input, axis)));
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

    /// A window that need not fit its input may still be no longer than what fits a machine.
    fn reaches_too_far(&self, axis: usize) -> bool {
        let free = matches!(self.padding, Padding::Same | Padding::Causal);
        free && self.extent(axis) > MAX_SCALARS
    }

    fn keeps_size(&self, axis: usize) -> bool {
        matches!(self.padding, Padding::Same | Padding::Causal) && self.stride[axis] == 1
    }

    fn axis(&self, axis: usize, input: usize) -> Option<Axis> {
        let (extent, stride) = (self.extent(axis), self.stride[axis]);
        let output = match self.padding {
            Padding::Same | Padding::Causal => input.div_ceil(stride),
            _ => self.padded(axis, input).checked_sub(extent)? / stride + 1,
        };
        let end = output.saturating_sub(1).saturating_mul(stride).saturating_add(extent);
        let before = match self.padding {
            Padding::Same => end.saturating_sub(input) / 2,
            Padding::Causal => extent - 1,
            _ => self.explicit_padding(axis),
        };
        Some(Axis { output, before, unused: input.saturating_sub(end.saturating_sub(before)) })
    }

    /// Pixels from the first tap to the last: `(kernel - 1) · dilation + 1`.
    pub(super) fn extent(&self, axis: usize) -> usize {
        (self.kernel[axis].value - 1).saturating_mul(self.dilation[axis]).saturating_add(1)
    }

    fn explicit_padding(&self, axis: usize) -> usize {
        match &self.padding {
            Padding::Number(sizes) => sizes[axis].value,
            Padding::Valid | Padding::Same | Padding::Causal => 0,
        }
    }

    fn padded(&self, axis: usize, input: usize) -> usize {
        input.saturating_add(self.explicit_padding(axis).saturating_mul(2))
    }

    /// The window of a plan over a checked input and output.
    pub(super) fn window(&self, input: &Shape, output: &Shape) -> Window {
        Window {
            input: self.sizes(input),
            output: self.sizes(output),
            kernel: values(self.kernel).map(Dim::from),
            stride: self.stride,
            padding: [0, 1].map(|axis| self.before(axis, &self.size(input, axis))),
            dilation: self.dilation,
        }
    }

    fn before(&self, axis: usize, input: &Dim) -> usize {
        let known = input.literal().and_then(|size| self.axis(axis, size));
        let symbolic = || match self.padding {
            Padding::Causal => self.extent(axis) - 1,
            _ => (self.extent(axis) - 1) / 2,
        };
        known.map_or_else(symbolic, |axis| axis.before)
    }

    /// Scalars that no window sees at the end of each axis.
    fn unused(&self, input: &Shape) -> [usize; 2] {
        [0, 1].map(|axis| {
            let size = self.size(input, axis).literal();
            size.and_then(|size| self.axis(axis, size)).map_or(0, |axis| axis.unused)
        })
    }

    fn has_gaps(&self) -> bool {
        [0, 1].iter().any(|axis| self.stride[*axis] > self.extent(*axis))
    }
}

pub(super) fn values(pair: [Spanned<usize>; 2]) -> [usize; 2] {
    pair.map(|size| size.value)
}

pub(super) fn pair([height, width]: [usize; 2]) -> String {
    format!("({height}, {width})")
}

/// A size along time as a pair.
fn over_time(size: Spanned<usize>) -> [Spanned<usize>; 2] {
    [Spanned::new(1, size.span), size]
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
        let kernel = [spanned(kernel); 2];
        Sliding { over: Over::Image, word: "kernel", kernel, stride, padding, dilation }
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
    fn causal_windows_see_no_later_step() {
        for (stride, dilation) in [(1, 1), (1, 4), (2, 1), (3, 2)] {
            let causal = sliding(3, stride, Padding::Causal, dilation);
            let axis = causal.axis(0, 7).unwrap();
            assert_eq!((axis.output, axis.before), (7_usize.div_ceil(stride), 2 * dilation));
        }
        let time = Dim::Symbol("T".to_owned());
        let causal = sliding(3, 1, Padding::Causal, 4);
        assert_eq!((causal.output_size(0, &time), causal.before(0, &time)), (Ok(time), 8));
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
