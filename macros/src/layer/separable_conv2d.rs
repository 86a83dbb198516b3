//! Convolution in two steps: every channel by itself, then every pixel.

use std::ops::Range;

use super::{
    Check, Init, Kind, Layer, Param, convolution,
    depthwise_conv2d::{self, expect_literal_channels, groups},
    image,
    window::{Sliding, pair, values},
};
use crate::{
    plan::{Buf, Conv, Convolution, Product, Window, lower::Lower},
    shape::{Dim, Shape},
    syntax::args::Args,
};

const DOC: &str = "\
Depthwise separable convolution: `depthwise_conv2d` with `m` output channels of every channel and no
bias, then a convolution of every pixel by itself, `y[i, j, o] = Σ z[i, j, c] · pointwise[c, o] +
bias[o]`, from `[height, width, channels]` to `[height', width', filters]` (Chollet 2017).

- `filters`: the number of output channels.
- `kernel = 3`: height and width of the window, one number or `(height, width)`.
- `multiplier = 1`: channels `m` between the two steps, of every input channel.
- `stride = 1`: steps between windows.
- `padding = valid`: `valid`, `same` or the number of zeros on each side, as in `conv2d`.
- `dilation = 1`: steps between the taps of a window.
- `bias = true`: whether `bias` is added.
- `init`: how both weights start, by default as the layer after it asks, else `glorot_uniform`.
- `bias_init = zeros`: how `bias` starts.
- `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `depthwise [kernel height, kernel width, channels, m]`, `pointwise [channels · m, filters]`,
`bias [filters]`.";

pub(super) const KIND: Kind = Kind {
    keyword: "separable_conv2d",
    doc: DOC,
    args: &[
        "filters",
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
        "[4, 5, 2] -> [2, 3, 3] { separable_conv2d(3) }",
        "[5, 4, 2] -> [3, 2, 3] { separable_conv2d(3, kernel = (2, 3), multiplier = 2, stride = 2, padding = same, bias = false) }",
    ],
    init_before: None,
    parse,
};

#[derive(Debug)]
struct SeparableConv2d {
    filters: Dim,
    window: Sliding,
    multiplier: usize,
    bias: bool,
    init: Option<Init>,
    bias_init: Option<Init>,
}

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.pair_or("kernel", [3, 3]));
    let (multiplier, window) = (args.count_or("multiplier", 1), Sliding::convolution(args, kernel));
    let bias = args.flag_or("bias", true);
    let (init, bias_init) = (args.init("init"), args.init("bias_init"));
    let (filters, window, multiplier) = (filters?.value, window?, multiplier?.value);
    let (bias, init, bias_init) = (bias?.value, init?, bias_init?);
    Some(Box::new(SeparableConv2d { filters, window, multiplier, bias, init, bias_init }))
}

impl SeparableConv2d {
    /// Channels between the two steps.
    fn between(&self, input: &Shape) -> Dim {
        Dim::product([input.channels(), self.multiplier.into()])
    }

    fn depthwise(&self, cx: &Lower<'_>) -> Conv {
        let (between, groups) = (self.between(cx.input()), groups(&cx.input().channels()));
        convolution::over_input(cx, &self.window, &between, groups)
    }

    fn pointwise(&self, cx: &Lower<'_>) -> Conv {
        let size = image::size(cx.output());
        Conv {
            window: Window {
                input: size.clone(),
                output: size,
                kernel: [Dim::ONE, Dim::ONE],
                stride: [1, 1],
                padding: [0, 0],
                dilation: [1, 1],
            },
            input_channels: self.between(cx.input()),
            output_channels: self.filters.clone(),
            groups: 1,
        }
    }

    /// A row buffer of what lies between the two steps.
    fn new_between(&self, cx: &mut Lower<'_>, name: &'static str) -> Buf {
        let [height, width] = image::size(cx.output());
        cx.new_row(name, Shape(vec![height, width, self.between(cx.input())]))
    }
}

impl Layer for SeparableConv2d {
    fn output(&self, input: &Shape, check: &mut Check<'_>) -> Shape {
        if !image::expect("separable_conv2d", input, check) {
            return Shape(vec![Dim::Unknown, Dim::Unknown, self.filters.clone()]);
        }
        expect_literal_channels("separable_conv2d", input, check);
        let [height, width] = self.window.output(input, check);
        Shape(vec![height, width, self.filters.clone()])
    }

    fn params(&self, input: &Shape) -> Vec<Param> {
        let (between, filters) = (self.between(input), self.filters.clone());
        let Self { window, multiplier, init, bias_init, .. } = self;
        let depthwise =
            depthwise_conv2d::weight("depthwise", window, input.channels(), *multiplier, *init);
        let shape = Shape(vec![between.clone(), filters.clone()]);
        let fans = [between.clone(), filters.clone()];
        let pointwise = convolution::weight("pointwise", shape, *init, fans);
        let bias = Param::bias(filters.clone(), *bias_init, between, filters);
        [depthwise, pointwise].into_iter().chain(self.bias.then_some(bias)).collect()
    }

    fn units(&self, weight: &Param) -> Range<usize> {
        if weight.name == "depthwise" { depthwise_conv2d::UNITS } else { 1..2 }
    }

    fn macs(&self, input: &Shape, output: &Shape) -> Dim {
        let between = self.between(input);
        let pixels = Dim::product(image::size(output));
        let taps = Dim::product(values(self.window.kernel).map(Dim::from));
        let each = Dim::sum([taps, self.filters.clone()]);
        Dim::product([pixels, between, each])
    }

    fn canonical(&self) -> String {
        let Self { filters, window, multiplier, bias, .. } = self;
        let dilation = pair(window.dilation);
        let window = window.canonical();
        format!(
            "{filters}, {window}, multiplier = {multiplier}, dilation = {dilation}, bias = {bias}"
        )
    }

    fn note(&self, input: &Shape) -> String {
        self.window.note(input)
    }

    fn forward(&self, cx: &mut Lower<'_>) -> Buf {
        let z = self.new_between(cx, "z");
        cx.keep("z", z);
        let (y, x) = (cx.new_y(), cx.x());
        let (w, conv) = (cx.param("depthwise"), self.depthwise(cx));
        cx.push(Convolution::Conv2d { y: z, room: None, x, w, bias: None, fun: None, conv });
        let (w, conv) = (cx.param("pointwise"), self.pointwise(cx));
        cx.push(Convolution::Conv2d { y, room: None, x: z, w, bias: None, fun: None, conv });
        if self.bias {
            cx.push(Product::AddBias { y, bias: cx.param("bias") });
        }
        y
    }

    fn backward(&self, cx: &mut Lower<'_>, dy: Buf) -> Buf {
        let (z, x) = (cx.kept("z"), cx.x());
        convolution::bias_gradient(cx, dy, self.bias);
        let conv = self.pointwise(cx);
        convolution::weight_gradient(cx, "pointwise", "pointwise_partial", [z, dy], &conv);
        let dz = self.new_between(cx, "dz");
        cx.push(Convolution::Conv2dGradInput {
            dx: dz,
            room: None,
            dy,
            w: cx.param("pointwise"),
            conv,
        });
        let conv = self.depthwise(cx);
        convolution::weight_gradient(cx, "depthwise", "depthwise_partial", [x, dz], &conv);
        let dx = cx.new_dx();
        cx.push(Convolution::Conv2dGradInput {
            dx,
            room: None,
            dy: dz,
            w: cx.param("depthwise"),
            conv,
        });
        dx
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::testing::{inference, mistake, model, plan, shape, training};

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[8, 8, 4] -> [6, 6, 5] { separable_conv2d(5, multiplier = 2) }");
        let node = &model.nodes[0];
        let shapes: Vec<_> = node.params.iter().map(|param| param.shape.clone()).collect();
        assert_eq!(shapes, [[3, 3, 4, 2].as_slice(), &[8, 5], &[5]].map(Shape::literal));
        assert_eq!(node.macs, Dim::from(6 * 6 * 8 * (9 + 5)));
        let canonical = "5, kernel = (3, 3), stride = (1, 1), padding = valid, multiplier = 2, \
                         dilation = (1, 1), bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn weights_start_as_the_next_layer_asks() {
        let model = model("[3, 3, 1] -> [1, 1, 2] { separable_conv2d(2), relu }");
        let inits: Vec<_> = model.nodes[0].params.iter().map(|param| param.init).collect();
        assert_eq!(inits, [Init::HeUniform, Init::HeUniform, Init::Zeros].map(Some));
    }

    #[test]
    fn forward_and_backward() {
        let network = "[5, 5, 2] -> [3, 3, 3] { separable_conv2d(3) }";
        let [forward, backward] = training(network);
        assert_eq!(forward, ["Conv2d", "Conv2d", "AddBias"]);
        let gradients = ["Conv2dGradWeight", "Conv2dGradInput"].repeat(2);
        assert_eq!(backward, [["SumRows"].as_slice(), &gradients].concat());
        assert_eq!(inference(network), forward);
        assert_eq!(shape(&plan(network).training.program, "separable_conv2d1.z"), "[3, 3, 2]");
    }

    #[test]
    fn a_flat_input_is_to_be_reshaped() {
        let mistake = mistake("[784] -> [26, 26, 1] { separable_conv2d(1) }");
        assert!(mistake.contains("help: add `reshape([28, 28, 1])` before it"), "{mistake}");
    }
}
