//! Convolution over a sequence.

use super::{Check, Init, Kind, Layer, Pace, Param, convolution, sequence, window::Sliding};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
Convolution over time: `y[t, o] = Σ x[t·s + p·d - pad, c] · weight[p, c, o] + bias[o]` over the
taps `p` of the kernel and the input channels `c` of `o`'s group, zero outside the sequence, from
`[time, features]` to `[time', filters]` (Waibel et al. 1989).

- `filters`: the number of output features.
- `kernel`: the length of the window.
- `stride = 1`: steps `s` between windows.
- `padding = valid`: `valid` for none, so that `time' = ⌊(time - extent) / s⌋ + 1` with
  `extent = (kernel - 1) · d + 1`; `same` for `time' = ⌈time / s⌉`, the odd zero after the end as in
  Keras; `causal` for all of these zeros before the start, so that `y[t]` sees no step after `t·s`;
  or the number of zeros on each side.
- `dilation = 1`: steps `d` between the taps of a window.
- `groups = 1`: output features of a group see the input features of the same group only.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [kernel, features / groups, filters]`, `bias [filters]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "conv1d",
    doc: DOC,
    args: &[
        "filters",
        "kernel",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
        "init",
        "bias_init",
        "l1",
        "l2",
        "max_norm",
    ],
    examples: &[
        "[6, 2] -> [4, 3] { conv1d(3, kernel = 3) }",
        "[7, 2] -> [7, 2] { conv1d(2, kernel = 3, padding = causal, dilation = 2), tanh }",
        "[7, 2] -> [4, 4] { conv1d(4, kernel = 3, stride = 2, padding = 1, groups = 2, bias = false) }",
        "[5, 1] -> [3, 2] { conv1d(2, kernel = 4, stride = 2, padding = same) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Conv1d {
    filters: Dim,
    window: Sliding,
    groups: Spanned<usize>,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.count("kernel"));
    let window = Sliding::convolution_over_time(args, kernel, true);
    let (groups, bias) = (args.count_or("groups", 1), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, bias) = (filters?.value, window?, bias?.value);
    let (groups, init, bias_init) = (groups?, init?, bias_init?);
    Some(Box::new(Conv1d { filters, window, groups, bias, init, bias_init }))
}

impl Conv1d {
    fn weight_shape(&self, input: &Shape) -> Shape {
        let channels = convolution::group_channels(&input.channels(), self.groups.value);
        Shape(vec![self.window.kernel[1].value.into(), channels, self.filters.clone()])
    }
}

impl Layer for Conv1d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !sequence::expect("conv1d", input, check) {
            return Shape(vec![Dim::Unknown, self.filters.clone()]);
        }
        convolution::check_groups(self.groups, &input.channels(), &self.filters, check);
        let [_, time] = self.window.output(input, check);
        Shape(vec![time, self.filters.clone()])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let shape = self.weight_shape(input);
        let [fan_in, fan_out] = convolution::fans(&shape);
        let fans = [fan_in.clone(), fan_out.clone()];
        let weight = convolution::weight("weight", shape, self.init, fans);
        let bias = Param::bias(self.filters.clone(), self.bias_init, fan_in, fan_out);
        [weight].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    fn macs(&self, input: &Shape, output: &Shape) -> Dim {
        let taps = self.weight_shape(input).dims()[..2].to_vec();
        Dim::product(taps.into_iter().chain([output.len()]))
    }

    fn canonical(&self) -> String {
        let Self { filters, window, groups, bias, .. } = self;
        let (dilation, groups) = (window.dilation[1], groups.value);
        let window = window.canonical();
        format!("{filters}, {window}, dilation = {dilation}, groups = {groups}, bias = {bias}")
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let (y, x) = (cx.new_y(), cx.x());
        let conv = convolution::over_input(cx, &self.window, &self.filters, self.groups.value);
        convolution::forward(cx, y, x, conv, self.bias);
        y
    }

    fn pace(&self, _input: &Shape) -> Pace {
        if self.window.is_causal() {
            return Pace::Steps;
        }
        Pace::Whole("with `padding = causal` and `stride = 1` it sees no later step")
    }

    fn step(&self, cx: &mut Lower<'_>) -> Buf {
        convolution::step(cx, &self.window, &self.filters, self.groups.value, self.bias)
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let conv = convolution::over_input(cx, &self.window, &self.filters, self.groups.value);
        convolution::backward(cx, dy, conv, self.bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        layer::testing::{mistake, model, plan, training},
        plan::{Convolution, Verb},
    };

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[100, 3] -> [98, 8] { conv1d(8, kernel = 3) }");
        let node = &model.nodes[0];
        assert_eq!(node.params[0].shape, Shape::literal(&[3, 3, 8]));
        assert_eq!((&node.params[0].fan_in, &node.params[0].fan_out), (&9.into(), &24.into()));
        assert_eq!((node.parameters(), &node.macs), (Dim::from(80), &Dim::from(9 * 98 * 8)));
        let canonical = "8, kernel = 3, stride = 1, padding = valid, dilation = 1, groups = 1, \
                         bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn outputs_follow_stride_padding_and_dilation() {
        for (arguments, time) in [
            ("kernel = 3, stride = 2", 4),
            ("kernel = 4, padding = same", 9),
            ("kernel = 3, padding = causal, dilation = 4", 9),
            ("kernel = 3, padding = causal, stride = 2", 5),
            ("kernel = 3, padding = 2, dilation = 2", 9),
        ] {
            model(&format!("[9, 1] -> [{time}, 2] {{ conv1d(2, {arguments}) }}"));
        }
    }

    #[test]
    fn a_causal_window_ends_at_its_step() {
        let plan =
            plan("[9, 1] -> [9, 2] { conv1d(2, kernel = 3, padding = causal, dilation = 2) }");
        let Verb::Convolution(Convolution::Conv2d { conv, .. }) = &plan.inference.steps[0].verb
        else {
            panic!("{plan:?}")
        };
        assert_eq!((conv.window.padding, conv.window.dilation), ([0, 4], [1, 2]));
        assert_eq!(conv.window.input, [Dim::ONE, Dim::from(9)]);
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[5, 1] -> [3, 2] { conv1d(2, kernel = 3) }");
        assert_eq!(forward, ["Conv2d", "AddBias"]);
        assert_eq!(backward, ["SumRows", "Conv2dGradWeight", "Conv2dGradInput"]);
    }

    #[test]
    fn a_kernel_fits_its_input() {
        let mistake = mistake("[8, 1] -> [1, 4] { conv1d(4, kernel = 5, dilation = 2) }");
        let words = "kernel 5 at dilation 2 spans 9 steps, more than its input [8, 1]";
        assert!(mistake.starts_with(words), "{mistake}");
        assert!(mistake.contains("the input has 8 steps"), "{mistake}");
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[128] -> [126, 4] { conv1d(4, kernel = 3) }");
        assert!(mistake.starts_with("`conv1d` takes a sequence"), "{mistake}");
        assert!(mistake.contains("help: add `reshape([128, 1])` before it"), "{mistake}");
    }
}
