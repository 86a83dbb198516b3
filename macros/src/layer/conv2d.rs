//! Convolution over an image.

use super::{
    Check, Init, Kind, Layer, Param, image,
    window::{Sliding, pair, values},
};
use crate::{
    plan::{Buf, Conv, Verb, lower::Lower},
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

/// Scalars over which the shares of a weight gradient may spread, and the most shares.
const PARTIAL_LEN: usize = 65536;
const MOST_SHARES: usize = 8;

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
    let (filters, kernel, stride) =
        (args.dim("filters"), args.pair("kernel"), args.pair_or("stride", [1, 1]));
    let (padding, dilation) = (args.padding_or("padding"), args.pair_or("dilation", [1, 1]));
    let (groups, bias) = (args.count_or("groups", 1), args.flag_or("bias", true));
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (kernel, stride, dilation) = (kernel?, values(stride?), values(dilation?));
    Some(Box::new(Conv2d {
        filters: filters?.value,
        window: Sliding { word: "kernel", kernel, stride, padding: padding?, dilation },
        groups: groups?,
        bias: bias?.value,
        init: init?,
        bias_init: bias_init?,
    }))
}

impl Conv2d {
    /// Reports groups that do not share out the channels evenly.
    fn check_groups(&self, channels: &Dim, check: &mut Check<'_>) {
        let Spanned { value: groups, span } = self.groups;
        for (count, what) in [(channels, "input channels"), (&self.filters, "filters")] {
            if groups == 1 || count.is_unknown() || count.literal().is_some_and(|n| n % groups == 0)
            {
                continue;
            }
            check
                .error(span, format!("`groups = {groups}` does not divide the {count} {what}"))
                .found(groups)
                .expected(common_divisors(channels, &self.filters))
                .note("every group has the same number of input channels and of filters");
            return;
        }
    }

    /// Input channels that one filter sees.
    fn group_channels(&self, channels: &Dim) -> Dim {
        match (self.groups.value, channels) {
            (1, channels) => channels.clone(),
            (groups, Dim::Literal(count)) => Dim::from(count / groups),
            _ => Dim::Unknown,
        }
    }

    fn weight_shape(&self, input: &Shape) -> Shape {
        let [height, width] = values(self.window.kernel).map(Dim::from);
        Shape(vec![height, width, self.group_channels(&input.channels()), self.filters.clone()])
    }

    /// The shares of the batch over which the weight gradient is summed: several for small weights,
    /// whose own size would not keep several threads busy.
    fn shares(&self, weight: &Shape) -> usize {
        weight.len().literal().map_or(1, |len| (PARTIAL_LEN / len).clamp(1, MOST_SHARES))
    }

    fn conv(&self, cx: &Lower<'_>) -> Conv {
        Conv {
            window: self.window.window(cx.input(), cx.output()),
            input_channels: cx.input().channels(),
            output_channels: self.filters.clone(),
            groups: self.groups.value,
        }
    }
}

fn common_divisors(channels: &Dim, filters: &Dim) -> String {
    let (Some(channels), Some(filters)) = (channels.literal(), filters.literal()) else {
        return "1, where a number of channels is symbolic".to_owned();
    };
    let most = channels.min(filters).min(4096);
    let common = (1..=most).filter(|n| channels % n == 0 && filters % n == 0);
    let divisors: Vec<String> = common.map(|n| n.to_string()).collect();
    format!("a divisor of {channels} and {filters}: {}", divisors.join(", "))
}

impl Layer for Conv2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("conv2d", input, check) {
            return Shape(vec![Dim::Unknown, Dim::Unknown, self.filters.clone()]);
        }
        self.check_groups(&input.channels(), check);
        let [height, width] = self.window.output(input, check);
        Shape(vec![height, width, self.filters.clone()])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let shape = self.weight_shape(input);
        let fan_in = Dim::product(shape.dims()[..3].iter().cloned());
        let fan_out = Dim::product([0, 1, 3].map(|axis| shape.dims()[axis].clone()));
        let weight = Param {
            name: "weight",
            shape,
            init: self.init,
            fan_in: fan_in.clone(),
            fan_out: fan_out.clone(),
            trained: true,
            decays: true,
        };
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
        let (y, x, w) = (cx.new_y(), cx.x(), cx.param("weight"));
        let conv = self.conv(cx);
        cx.push(Verb::Conv2d { y, x, w, bias: None, fun: None, conv });
        if self.bias {
            cx.push(Verb::AddBias { y, bias: cx.param("bias") });
        }
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (x, w) = (cx.x(), cx.param("weight"));
        let conv = self.conv(cx);
        if let Some(db) = self.bias.then(|| cx.grad("bias")).flatten() {
            cx.push(Verb::SumRows { db, dy });
        }
        if let Some(dw) = cx.grad("weight") {
            let weight = self.weight_shape(cx.input());
            let shares = Dim::from(self.shares(&weight));
            let shape = [shares].into_iter().chain(weight.0).collect();
            let partial = cx.new_fixed("partial", Shape(shape));
            cx.push(Verb::Conv2dGradWeight { dw, partial, x, dy, conv: conv.clone() });
        }
        let dx = cx.new_dx();
        cx.push(Verb::Conv2dGradInput { dx, dy, w, conv });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{mistake, mistakes, model, plan, shape, training};

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
    fn small_weights_are_summed_in_shares() {
        for (filters, shares) in [(2, 8), (16, 8), (64, 7), (512, 1)] {
            let plan = plan(&format!(
                "[3, 3, 16] -> [1, 1, {filters}] {{ conv2d({filters}, kernel = 3) }}"
            ));
            let partial = shape(&plan.training.program, "conv2d1.partial");
            assert_eq!(partial, format!("[{shares}, 3, 3, 16, {filters}]"));
        }
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
