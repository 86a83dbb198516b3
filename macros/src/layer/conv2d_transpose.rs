//! Transposed convolution over an image.

use super::{Kind, Layer, transposed, window::Sliding};
use crate::syntax::args::Args;

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
    args: transposed::ARGS,
    examples: &[
        "[2, 3, 2] -> [4, 5, 3] { conv2d_transpose(3, kernel = 3) }",
        "[3, 2, 1] -> [6, 4, 2] { conv2d_transpose(2, kernel = (3, 2), stride = 2, padding = same), tanh }",
        "[3, 3, 2] -> [4, 5, 1] { conv2d_transpose(1, kernel = (4, 3), stride = (1, 2), padding = 1, bias = false) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.pair("kernel"));
    let window = Sliding::convolution(args, kernel);
    transposed::parse(args, KIND.keyword, filters, window)
}

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, model, training},
        shape::{Dim, Shape},
    };

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
