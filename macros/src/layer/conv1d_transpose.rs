//! Transposed convolution over a sequence.

use std::ops::Range;

use super::{Check, Init, Kind, Layer, Param, convolution, sequence, window::Sliding};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Transposed convolution over time, the reverse of `conv1d`: every step adds `x[t, c] · weight[p, o, c]` to
the output at `[t·s + p·d - pad, o]`, and `bias[o]` is added, from `[time, features]` to
`[time', filters]`.

- `filters`: the number of output features.
- `kernel`: the length of the window.
- `stride = 1`: steps `s` between windows, so that the output is about `s` times as long.
- `padding = valid`: `valid` for none, so that `time' = (time - 1) · s + extent` with
  `extent = (kernel - 1) · d + 1`; `same` for `time' = time · s`; or the number of steps that are cut off
  the output on each side.
- `dilation = 1`: steps `d` between the taps of a window.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [kernel, filters, features]`, `bias [filters]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "conv1d_transpose",
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
        "[4, 2] -> [6, 3] { conv1d_transpose(3, kernel = 3) }",
        "[3, 1] -> [6, 2] { conv1d_transpose(2, kernel = 4, stride = 2, padding = same), tanh }",
        "[4, 2] -> [7, 1] { conv1d_transpose(1, kernel = 3, stride = 2, padding = 1, bias = false) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Conv1dTranspose {
    filters: Dim,
    window: Sliding,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.count("kernel"));
    let (window, bias) =
        (Sliding::convolution_over_time(args, kernel, false), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, bias) = (filters?.value, window?, bias?.value);
    Some(Box::new(Conv1dTranspose { filters, window, bias, init: init?, bias_init: bias_init? }))
}

impl Conv1dTranspose {
    fn weight_shape(&self, input: &Shape) -> Shape {
        let kernel = self.window.kernel[1].value.into();
        Shape(vec![kernel, self.filters.clone(), input.channels()])
    }
}

impl Layer for Conv1dTranspose {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !sequence::expect("conv1d_transpose", input, check) {
            return Shape(vec![Dim::Unknown, self.filters.clone()]);
        }
        let [_, time] = self.window.transposed_output(input, check);
        Shape(vec![time, self.filters.clone()])
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
        let taps = self.weight_shape(input).dims()[..2].to_vec();
        Dim::product(taps.into_iter().chain([input.len()]))
    }

    fn canonical(&self) -> String {
        let Self { filters, window, bias, .. } = self;
        let dilation = window.dilation[1];
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
        let model = model("[8, 3] -> [16, 5] { conv1d_transpose(5, kernel = 2, stride = 2) }");
        let node = &model.nodes[0];
        assert_eq!(node.params[0].shape, Shape::literal(&[2, 5, 3]));
        assert_eq!(node.macs, Dim::from(2 * 5 * 8 * 3));
        let canonical = "5, kernel = 2, stride = 2, padding = valid, dilation = 1, bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn it_is_a_convolution_backwards() {
        let [forward, backward] = training("[3, 1] -> [5, 2] { conv1d_transpose(2, kernel = 3) }");
        assert_eq!(forward, ["Conv2dGradInput", "AddBias"]);
        assert_eq!(backward, ["SumRows", "Conv2dGradWeight", "Conv2d"]);
    }

    #[test]
    fn an_output_cannot_be_causal() {
        let mistake =
            mistake("[3, 1] -> [5, 2] { conv1d_transpose(2, kernel = 3, padding = causal) }");
        assert!(mistake.contains("expected: `valid`, `same` or a whole number"), "{mistake}");
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[49] -> [98, 4] { conv1d_transpose(4, kernel = 2, stride = 2) }");
        assert!(mistake.contains("help: add `reshape([49, 1])` before it"), "{mistake}");
    }
}
