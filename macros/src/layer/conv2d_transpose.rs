//! Transposed convolution over an image.

use std::ops::Range;

use super::{
    Check, Init, Kind, Layer, Param, convolution, image,
    window::{Sliding, pair, values},
};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Transposed convolution, the reverse of `conv2d`: every pixel adds `x[i, j, c] · weight[p, q, o, c]` to
the output at `[i·s + p·d - pad, j·s + q·d - pad, o]`, and `bias[o]` is added, from
`[height, width, channels]` to `[height', width', filters]` (Zeiler et al. 2010).

- `filters`: the number of output channels.
- `kernel`: height and width of the window, one number or `(height, width)`.
- `stride = 1`: steps `s` between windows, so that the output is about `s` times as large.
- `padding = valid`: `valid` for none, so that `height' = (height - 1) · s + extent` with
  `extent = (kernel - 1) · d + 1`; `same` for `height' = height · s`; or the number of pixels that are
  cut off the output on each side.
- `dilation = 1`: steps `d` between the taps of a window.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [kernel height, kernel width, filters, channels]`, `bias [filters]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "conv2d_transpose",
    doc: DOC,
    args: &[
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
    ],
    examples: &[
        "[2, 3, 2] -> [4, 5, 3] { conv2d_transpose(3, kernel = 3) }",
        "[3, 2, 1] -> [6, 4, 2] { conv2d_transpose(2, kernel = (3, 2), stride = 2, padding = same), tanh }",
        "[3, 3, 2] -> [4, 5, 1] { conv2d_transpose(1, kernel = (4, 3), stride = (1, 2), padding = 1, bias = false) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Conv2dTranspose {
    filters: Dim,
    window: Sliding,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.pair("kernel"));
    let (window, bias) = (Sliding::convolution(args, kernel), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, bias) = (filters?.value, window?, bias?.value);
    Some(Box::new(Conv2dTranspose { filters, window, bias, init: init?, bias_init: bias_init? }))
}

impl Conv2dTranspose {
    fn weight_shape(&self, input: &Shape) -> Shape {
        let [height, width] = values(self.window.kernel).map(Dim::from);
        Shape(vec![height, width, self.filters.clone(), input.channels()])
    }
}

impl Layer for Conv2dTranspose {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("conv2d_transpose", input, check) {
            return Shape(vec![Dim::Unknown, Dim::Unknown, self.filters.clone()]);
        }
        let [height, width] = self.window.transposed_output(input, check);
        Shape(vec![height, width, self.filters.clone()])
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
        let taps = self.weight_shape(input).dims()[..3].to_vec();
        Dim::product(taps.into_iter().chain([input.len()]))
    }

    fn canonical(&self) -> String {
        let Self { filters, window, bias, .. } = self;
        let dilation = pair(window.dilation);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, model, training};

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[4, 4, 3] -> [8, 8, 5] { conv2d_transpose(5, kernel = 2, stride = 2) }");
        let node = &model.nodes[0];
        assert_eq!(node.params[0].shape, Shape::literal(&[2, 2, 5, 3]));
        assert_eq!((&node.params[0].fan_in, &node.params[0].fan_out), (&12.into(), &20.into()));
        assert_eq!(node.macs, Dim::from(4 * 5 * 4 * 4 * 3));
        let canonical = "5, kernel = (2, 2), stride = (2, 2), padding = valid, dilation = (1, 1), \
                         bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn it_is_a_convolution_backwards() {
        let [forward, backward] =
            training("[3, 3, 1] -> [5, 5, 2] { conv2d_transpose(2, kernel = 3) }");
        assert_eq!(forward, ["Conv2dGradInput", "AddBias"]);
        assert_eq!(backward, ["SumRows", "Conv2dGradWeight", "Conv2d"]);
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake =
            mistake("[49] -> [14, 14, 4] { conv2d_transpose(4, kernel = 2, stride = 2) }");
        assert!(mistake.contains("help: add `reshape([7, 7, 1])` before it"), "{mistake}");
    }
}
