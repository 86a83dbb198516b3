//! Convolution over an image.

use super::{
    Check, Init, Kind, Layer, Param, convolution, image,
    window::{Sliding, pair, values},
};
use crate::{
    plan::{Buf, lower::Lower},
    shape::{Dim, Shape},
    syntax::{Spanned, args::Args},
};

const DOC: &str = "\
Convolution: `y[i, j, o] = Σ x[i·s + p·d - pad, j·s + q·d - pad, c] · weight[p, q, c, o] + bias[o]` over
the taps `p, q` of the kernel and the input channels `c` of `o`'s group, zero outside the image, from
`[height, width, channels]` to `[height', width', filters]` (LeCun et al. 1989).

- `filters`: the number of output channels.
- `kernel`: height and width of the window, one number or `(height, width)`.
- `stride = 1`: steps `s` between windows.
- `padding = valid`: `valid` for none, so that `height' = ⌊(height - extent) / s⌋ + 1` with
  `extent = (kernel - 1) · d + 1`; `same` for `height' = ⌈height / s⌉`, the odd pixel below and to the
  right as in Keras; or the number of zeros on each side.
- `dilation = 1`: steps `d` between the taps of a window.
- `groups = 1`: output channels of a group see the input channels of the same group only; as many
  groups as channels make it depthwise.
- `bias = true`: whether `bias` is added.
- `init`: how `weight` starts, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of `weight` in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [kernel height, kernel width, channels / groups, filters]`, `bias [filters]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "conv2d",
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
        "[4, 5, 2] -> [2, 3, 3] { conv2d(3, kernel = 3) }",
        "[5, 4, 1] -> [3, 2, 2] { conv2d(2, kernel = (2, 3), stride = 2, padding = same) }",
        "[4, 5, 4] -> [4, 5, 4] { conv2d(4, kernel = 3, padding = 1, groups = 2, bias = false) }",
        "[6, 5, 1] -> [4, 1, 2] { conv2d(2, kernel = (2, 3), dilation = 2) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct Conv2d {
    filters: Dim,
    window: Sliding,
    groups: Spanned<usize>,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.pair("kernel"));
    let window = Sliding::convolution(args, kernel);
    let (groups, bias) = (args.count_or("groups", 1), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, bias) = (filters?.value, window?, bias?.value);
    let (groups, init, bias_init) = (groups?, init?, bias_init?);
    Some(Box::new(Conv2d { filters, window, groups, bias, init, bias_init }))
}

impl Conv2d {
    fn weight_shape(&self, input: &Shape) -> Shape {
        let [height, width] = values(self.window.kernel).map(Dim::from);
        let channels = convolution::group_channels(&input.channels(), self.groups.value);
        Shape(vec![height, width, channels, self.filters.clone()])
    }
}

impl Layer for Conv2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("conv2d", input, check) {
            return Shape(vec![Dim::Unknown, Dim::Unknown, self.filters.clone()]);
        }
        convolution::check_groups(self.groups, &input.channels(), &self.filters, check);
        let [height, width] = self.window.output(input, check);
        Shape(vec![height, width, self.filters.clone()])
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
        let taps = self.weight_shape(input).dims()[..3].to_vec();
        Dim::product(taps.into_iter().chain([output.len()]))
    }

    fn canonical(&self) -> String {
        let Self { filters, window, groups, bias, .. } = self;
        let (dilation, groups) = (pair(window.dilation), groups.value);
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

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let conv = convolution::over_input(cx, &self.window, &self.filters, self.groups.value);
        convolution::backward(cx, dy, conv, self.bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, mistakes, model, training};

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[28, 28, 1] -> [26, 26, 32] { conv2d(32, kernel = 3) }");
        let node = &model.nodes[0];
        assert_eq!(node.parameters(), Dim::from(3 * 3 * 32 + 32));
        assert_eq!(node.macs, Dim::from(9 * 26 * 26 * 32));
        assert_eq!((&node.params[0].fan_in, &node.params[0].fan_out), (&9.into(), &288.into()));
        let canonical = "32, kernel = (3, 3), stride = (1, 1), padding = valid, dilation = (1, 1), \
                         groups = 1, bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn groups_divide_the_weight() {
        let model =
            model("[5, 5, 4] -> [5, 5, 6] { conv2d(6, kernel = 3, groups = 2, padding = 1) }");
        let weight = &model.nodes[0].params[0];
        assert_eq!(weight.shape, Shape::literal(&[3, 3, 2, 6]));
        assert_eq!((&weight.fan_in, &weight.fan_out), (&18.into(), &54.into()));
        assert_eq!(model.nodes[0].macs, Dim::from(9 * 2 * 5 * 5 * 6));
    }

    #[test]
    fn outputs_follow_stride_padding_and_dilation() {
        for (arguments, output) in [
            ("kernel = 3, stride = 2", [3, 3]),
            ("kernel = (3, 2), stride = (2, 3), padding = same", [4, 3]),
            ("kernel = 3, padding = (2, 1)", [9, 7]),
            ("kernel = 3, dilation = (3, 1)", [1, 5]),
        ] {
            let [height, width] = output;
            model(&format!("[7, 7, 1] -> [{height}, {width}, 2] {{ conv2d(2, {arguments}) }}"));
        }
    }

    #[test]
    fn forward_and_backward() {
        let network = "[5, 5, 1] -> [3, 3, 2] { conv2d(2, kernel = 3) }";
        let [forward, backward] = training(network);
        assert_eq!(forward, ["Conv2d", "AddBias"]);
        assert_eq!(backward, ["SumRows", "Conv2dGradWeight", "Conv2dGradInput"]);
        let [_, backward] = training("[5, 5, 1] -> [3, 3, 2] { #[freeze] conv2d(2, kernel = 3) }");
        assert_eq!(backward, ["Conv2dGradInput"]);
    }

    #[test]
    fn a_kernel_fits_its_input() {
        let network = "[28, 28, 1] -> [26, 26, 4] { conv2d(4, kernel = 31) }";
        let first = &mistakes(network)[0];
        assert!(first.starts_with("kernel 31 is larger than its input [28, 28, 1]"), "{first}");
        let network = "[28, 28, 1] -> [26, 9, 4] { conv2d(4, kernel = (3, 31)) }";
        let mistake = mistake(network);
        assert!(mistake.contains("the input has 28 columns"), "{mistake}");
    }

    #[test]
    fn later_layers_are_checked_after_a_kernel_too_large() {
        let network =
            "[9, 9, 1] -> [4, 9, 3] { conv2d(4, kernel = 10), conv2d(3, kernel = 2, groups = 3) }";
        let mistakes = mistakes(network);
        assert_eq!(mistakes.len(), 2, "{mistakes:?}");
        assert!(mistakes[1].starts_with("`groups = 3` does not divide the 4 input channels"));
    }

    #[test]
    fn groups_divide_channels_and_filters() {
        let network = "[5, 5, 4] -> [5, 5, 6] { conv2d(6, kernel = 1, groups = 4) }";
        let mistake = mistake(network);
        assert!(mistake.starts_with("`groups = 4` does not divide the 6 filters"), "{mistake}");
        assert!(mistake.contains("expected: a divisor of 4 and 6: 1, 2"), "{mistake}");
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[784] -> [26, 26, 4] { conv2d(4, kernel = 3) }");
        assert!(mistake.starts_with("`conv2d` takes an image"), "{mistake}");
        assert!(mistake.contains("help: add `reshape([28, 28, 1])` before it"), "{mistake}");
    }

    #[test]
    fn dropped_pixels_are_noted() {
        let model = model("[8, 8, 1] -> [3, 3, 2] { conv2d(2, kernel = 3, stride = 2) }");
        assert_eq!(model.nodes[0].note, "the last row and column are not used");
    }
}
