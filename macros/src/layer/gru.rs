//! Gated recurrent units.

use super::{Kind, recurrent};
use crate::plan::Cell;

const DOC: &str = "\
Gated recurrent units (Cho et al. 2014), from `[time, features]` to `[units]`, the state after the last
step, or `[time, units]`. With gates `[z, r, n]` in this order as in Keras (PyTorch has `r` first),
`a = x[t] · weight + bias` and `q = h[t-1] · recurrent_weight + recurrent_bias`: `z = σ(a_z + q_z)`,
`r = σ(a_r + q_r)`, `n = tanh(a_n + r · q_n)` and `h[t] = z · h[t-1] + (1 - z) · n`, from zeros. The
reset acts after the product, as in PyTorch and as Keras has it by default (`reset_after = True`). To
stack, write several: `gru(64, return_sequences = true), gru(64)`.

- `units`: the number of units.
- `return_sequences = false`: whether the output has the state of every step, rather than of the last.
- `bidirectional = false`: whether further units go from the last step to the first; their states, each
  at its own step or that after the first, follow the others, `2 · units` features in all.
- `bias = true`: whether `bias` and `recurrent_bias` are added.
- `init = glorot_uniform`: how `weight` starts, all gates as one matrix, as in Keras.
- `recurrent_init = orthogonal`: how `recurrent_weight` starts.
- `bias_init = zeros`: how both biases start.
- `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [features, 3 · units]`, `recurrent_weight [units, 3 · units]`, `bias [3 · units]`,
`recurrent_bias [3 · units]`; the same with `backward_` before the name for the other direction.";

pub(super) const KIND: Kind = Kind {
    keyword: "gru",
    doc: DOC,
    args: recurrent::ARGS,
    examples: &[
        "[5, 2] -> [3] { gru(3) }",
        "[4, 2] -> [4, 2] { dense(2), tanh, gru(2, return_sequences = true) }",
        "[3, 1] -> [4] { dense(2), gru(2, bidirectional = true, bias = false) }",
        "[3, 1] -> [3, 2] { dense(1), gru(1, bidirectional = true, return_sequences = true) }",
        "[1, 2] -> [2] { #[freeze] gru(2), tanh, dense(2) }",
    ],
    init_before: None,
    parse: |args| Some(Box::new(recurrent::parse(args, "gru", Cell::Gru)?)),
};

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, model, training},
        shape::Dim,
    };

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[10, 2] -> [4] { gru(4) }");
        let node = &model.nodes[0];
        let names: Vec<_> = node.params.iter().map(|param| param.name).collect();
        assert_eq!(names, ["weight", "recurrent_weight", "bias", "recurrent_bias"]);
        assert_eq!(node.parameters(), Dim::from((2 + 4 + 2) * 12));
        assert_eq!(node.macs, Dim::from(10 * (2 + 4) * 12));
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[5, 2] -> [3] { gru(3) }");
        assert_eq!(forward, ["Gemm", "AddBias", "Recur"]);
        let gradients = ["GemmGradWeight", "GemmGradWeight", "GemmGradInput"];
        assert_eq!(backward, [&["RecurGrad", "SumRows", "SumRows"], &gradients[..]].concat());
    }

    #[test]
    fn it_takes_a_sequence() {
        let mistake = mistake("[8] -> [4] { gru(4) }");
        assert!(mistake.contains("`reshape([8, 1])`"), "{mistake}");
    }
}
