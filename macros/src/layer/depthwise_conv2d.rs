//! Convolution of every channel of an image by itself.

use std::ops::Range;

use super::{
    Check, Init, Kind, Layer, Param, convolution, image,
    window::{Sliding, pair, values},
};
use crate::{
    plan::{Buf, Conv, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Depthwise convolution: `y[i, j, c·m + n] = Σ x[i·s + p·d - pad, j·s + q·d - pad, c] · weight[p, q, c, n]
+ bias[c·m + n]` over the taps `p, q` of the kernel, zero outside the image, from
`[height, width, channels]` to `[height', width', channels · m]` (Sifre 2014): every channel `c` by
itself makes `m` output channels.

- `kernel = 3`: height and width of the window, one number or `(height, width)`.
- `multiplier = 1`: output channels `m` of every input channel.
- `stride = 1`: steps `s` between windows.
- `padding = valid`: `valid`, `same` or the number of zeros on each side, as in `conv2d`.
- `dilation = 1`: steps `d` between the taps of a window.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [kernel height, kernel width, channels, m]`, `bias [channels · m]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "depthwise_conv2d",
    doc: DOC,
    args: &[
        "kernel",
        "multiplier",
        "stride",
        "padding",
        "dilation",
        "bias",
        "init",
        "bias_init",
        "l1",
        "l2",
        "max_norm",
    ],
    examples: &[
        "[4, 5, 3] -> [2, 3, 3] { depthwise_conv2d }",
        "[5, 4, 2] -> [3, 2, 4] { depthwise_conv2d((2, 3), multiplier = 2, stride = 2, padding = same) }",
        "[4, 4, 3] -> [4, 4, 3] { depthwise_conv2d(2, padding = 1, dilation = 2, bias = false) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct DepthwiseConv2d {
    window: Sliding,
    multiplier: usize,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let kernel = args.pair_or("kernel", [3, 3]);
    let (multiplier, window) = (args.count_or("multiplier", 1), Sliding::convolution(args, kernel));
    let bias = args.flag_or("bias", true);
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (window, multiplier, bias) = (window?, multiplier?.value, bias?.value);
    let (init, bias_init) = (init?, bias_init?);
    Some(Box::new(DepthwiseConv2d { window, multiplier, bias, init, bias_init }))
}

/// The axes of its weight that number the output channels.
pub(super) const UNITS: Range<usize> = 2..4;

/// The weight `[height, width, channels, multiplier]` of a depthwise convolution.
pub(super) fn weight(
    name: &'static str,
    window: &Sliding,
    channels: Dim,
    multiplier: usize,
    init: Option<Init>,
) -> Param {
    let [height, width] = values(window.kernel);
    let shape = Shape(vec![height.into(), width.into(), channels, multiplier.into()]);
    let fans = [1, multiplier].map(|n| Dim::product([height, width, n].map(Dim::from)));
    convolution::weight(name, shape, init, fans)
}

/// The number of channels, which are as many groups; a plan has no symbolic ones.
pub(super) fn groups(channels: &Dim) -> usize {
    channels.literal().unwrap_or(1)
}

/// Reports channels whose number is a symbol.
pub(super) fn expect_literal_channels(layer: &str, input: &Shape, check: &mut Check<'_>) {
    let channels = input.channels();
    if channels.literal().is_none() && !channels.is_unknown() {
        check
            .error(check.keyword, format!("`{layer}` goes over a symbolic number of channels"))
            .found(input)
            .expected("a literal number of channels");
    }
}

impl DepthwiseConv2d {
    fn filters(&self, input: &Shape) -> Dim {
        Dim::product([input.channels(), self.multiplier.into()])
    }

    fn conv(&self, cx: &Lower<'_>) -> Conv {
        let (filters, groups) = (self.filters(cx.input()), groups(&cx.input().channels()));
        convolution::over_input(cx, &self.window, &filters, groups)
    }
}

impl Layer for DepthwiseConv2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("depthwise_conv2d", input, check) {
            return Shape(vec![Dim::Unknown; 3]);
        }
        expect_literal_channels("depthwise_conv2d", input, check);
        let [height, width] = self.window.output(input, check);
        Shape(vec![height, width, self.filters(input)])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let weight = weight("weight", &self.window, input.channels(), self.multiplier, self.init);
        let (fan_in, fan_out) = (weight.fan_in.clone(), weight.fan_out.clone());
        let bias = Param::bias(self.filters(input), self.bias_init, fan_in, fan_out);
        [weight].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    fn units(&self, _weight: &Param) -> Range<usize> {
        UNITS
    }

    fn macs(&self, _input: &Shape, output: &Shape) -> Dim {
        let taps = values(self.window.kernel).map(Dim::from);
        Dim::product(taps.into_iter().chain([output.len()]))
    }

    fn canonical(&self) -> String {
        let Self { window, multiplier, bias, .. } = self;
        let dilation = pair(window.dilation);
        let window = window.canonical();
        format!("{window}, multiplier = {multiplier}, dilation = {dilation}, bias = {bias}")
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x, conv) = (cx.new_y(), cx.x(), self.conv(cx));
        convolution::forward(cx, y, x, conv, self.bias);
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let conv = self.conv(cx);
        convolution::backward(cx, dy, conv, self.bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn shape_parameters_and_macs() {
        let model =
            model("[8, 8, 4] -> [8, 8, 8] { depthwise_conv2d(multiplier = 2, padding = same) }");
        let node = &model.nodes[0];
        assert_eq!(node.params[0].shape, Shape::literal(&[3, 3, 4, 2]));
        assert_eq!((&node.params[0].fan_in, &node.params[0].fan_out), (&9.into(), &18.into()));
        assert_eq!((node.parameters(), &node.macs), (Dim::from(80), &Dim::from(9 * 8 * 8 * 8)));
        let canonical = "kernel = (3, 3), stride = (1, 1), padding = same, multiplier = 2, \
                         dilation = (1, 1), bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[5, 5, 2] -> [3, 3, 2] { depthwise_conv2d }");
        assert_eq!(forward, ["Conv2d", "AddBias"]);
        assert_eq!(backward, ["SumRows", "Conv2dGradWeight", "Conv2dGradInput"]);
    }

    #[test]
    fn a_kernel_fits_its_input() {
        let mistake = mistake("[2, 8, 2] -> [1, 6, 2] { depthwise_conv2d }");
        assert!(mistake.starts_with("kernel 3 is larger than its input [2, 8, 2]"), "{mistake}");
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[784] -> [26, 26, 1] { depthwise_conv2d }");
        assert!(mistake.contains("help: add `reshape([28, 28, 1])` before it"), "{mistake}");
    }
}
