//! Transposed convolutions: a file of its own gives each its name.

use std::ops::Range;

use super::{
    Check, Init, Layer, Param, convolution, image, sequence,
    window::{Over, Sliding},
};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

/// The arguments that both have, in order.
pub(super) const ARGS: &[&str] = &[
    "filters",
    "kernel",
    "stride",
    "padding",
    "dilation",
    "bias",
    "init",
    "bias_init",
    "l1",
    "l2",
    "max_norm",
];

#[derive(Debug)]
pub(super) struct Transposed {
    keyword: &'static str,
    filters: Dim,
    window: Sliding,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

/// Reads what both have, the window among it.
pub(super) fn parse(
    args: &mut Args<'_>,
    keyword: &'static str,
    filters: Option<Spanned<Dim>>,
    window: Option<Sliding>,
) -> Option<Box<dyn Layer>> {
    let bias = args.flag_or("bias", true);
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, bias) = (filters?.value, window?, bias?.value);
    Some(Box::new(Transposed {
        keyword,
        filters,
        window,
        bias,
        init: init?,
        bias_init: bias_init?,
    }))
}

impl Transposed {
    /// `[kernel height, kernel width, filters, channels]` or `[kernel, filters, features]`.
    fn weight_shape(&self, input: &Shape) -> Shape {
        let sizes = self.window.kernel.map(|size| Dim::from(size.value));
        self.shape(sizes, [self.filters.clone(), input.channels()])
    }

    /// Of sizes along the axes of the window, of which a sequence has one, and what follows.
    fn shape<const N: usize>(&self, sizes: [Dim; 2], rest: [Dim; N]) -> Shape {
        let first = match self.window.over {
            Over::Image => 0,
            Over::Time => 1,
        };
        Shape(sizes.into_iter().skip(first).chain(rest).collect())
    }
}

impl Layer for Transposed {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        let fits = match self.window.over {
            Over::Image => image::expect(self.keyword, input, check),
            Over::Time => sequence::expect(self.keyword, input, check),
        };
        let sizes = match fits {
            true => self.window.transposed_output(input, check),
            false => [Dim::Unknown, Dim::Unknown],
        };
        self.shape(sizes, [self.filters.clone()])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let shape = self.weight_shape(input);
        let [fan_out, fan_in] = convolution::fans(&shape);
        let fans = [fan_in.clone(), fan_out.clone()];
        let weight = convolution::weight("weight", shape, self.init, fans);
        let bias = Param::bias(self.filters.clone(), self.bias_init, fan_in, fan_out);
        [weight].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    fn units(&self, weight: &Param) -> Range<usize> {
        weight.shape.rank() - 2..weight.shape.rank() - 1
    }

    fn macs(&self, input: &Shape, _output: &Shape) -> Dim {
        let weight = self.weight_shape(input);
        let taps = weight.dims()[..weight.rank() - 1].iter().cloned();
        Dim::product(taps.chain([input.len()]))
    }

    fn canonical(&self) -> String {
        let Self { filters, window, bias, .. } = self;
        let dilation = window.written(window.dilation);
        let window = window.canonical();
        format!("{filters}, {window}, dilation = {dilation}, bias = {bias}")
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let conv = convolution::over_output(cx, &self.window, &self.filters);
        convolution::forward_transposed(cx, conv, self.bias)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let conv = convolution::over_output(cx, &self.window, &self.filters);
        convolution::backward_transposed(cx, dy, conv, self.bias)
    }
}
