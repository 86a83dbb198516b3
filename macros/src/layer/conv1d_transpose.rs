//! Transposed convolution over a sequence.

use super::{Kind, Layer, transposed, window::Sliding};
use crate::syntax::args::Args;

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
    args: transposed::ARGS,
    examples: &[
        "[4, 2] -> [6, 3] { conv1d_transpose(3, kernel = 3) }",
        "[3, 1] -> [6, 2] { conv1d_transpose(2, kernel = 4, stride = 2, padding = same), tanh }",
        "[4, 2] -> [7, 1] { conv1d_transpose(1, kernel = 3, stride = 2, padding = 1, bias = false) }",
    ],
    init_before: None,
    parse,
};

fn parse(args: &mut Args<'_>) -> Option<Box<dyn Layer>> {
    let (filters, kernel) = (args.dim("filters"), args.count("kernel"));
    let window = Sliding::convolution_over_time(args, kernel, false);
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
