//! Plain recurrent units.

use super::{Kind, recurrent};
use crate::plan::Cell;

const DOC: &str = "\
Plain recurrent units (Elman 1990): `h[t] = f(x[t] · weight + h[t-1] · recurrent_weight + bias)`, from
zeros, from `[time, features]` to `[units]`, the state after the last step, or `[time, units]`. PyTorch's
two biases are one here, their sum. To stack, write several: `rnn(64, return_sequences = true), rnn(64)`.

- `units`: the number of units.
- `return_sequences = false`: whether the output has the state of every step, rather than of the last.
- `bidirectional = false`: whether further units go from the last step to the first; their states, each
  at its own step or that after the first, follow the others, `2 · units` features in all.
- `bias = true`: whether `bias` is added.
- `init = glorot_uniform`: how `weight` starts.
- `recurrent_init = orthogonal`: how `recurrent_weight` starts.
- `bias_init = zeros`: how `bias` starts.
- `activation = tanh`: `f`, which is `tanh` or `relu`.
- `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [features, units]`, `recurrent_weight [units, units]`, `bias [units]`; the same with
`backward_` before the name for the other direction.";

pub(super) const KIND: Kind = Kind {
    keyword: "rnn",
    doc: DOC,
    args: &[
        "units",
        "return_sequences",
        "bidirectional",
        "bias",
        "init",
        "recurrent_init",
        "bias_init",
        "activation",
        "l1",
        "l2",
        "max_norm",
    ],
    examples: &[
        "[5, 2] -> [3] { rnn(3) }",
        "[4, 2] -> [4, 3] { dense(2), tanh, rnn(3, return_sequences = true, activation = relu) }",
        "[3, 1] -> [6] { dense(2), rnn(3, bidirectional = true, bias = false) }",
        "[3, 1] -> [3, 4] { dense(2), rnn(2, bidirectional = true, return_sequences = true) }",
        "[1, 2] -> [2] { #[freeze] rnn(2), tanh, dense(2) }",
    ],
    init_before: None,
    parse: |args| {
        let activation = args.word_or("activation", &["tanh", "relu"], "tanh");
        let is_relu = activation.is_some_and(|word| word.value == "relu");
        let cell = if is_relu { Cell::RnnRelu } else { Cell::RnnTanh };
        Some(Box::new(recurrent::parse(args, "rnn", cell)?))
    },
};

#[cfg(test)]
mod tests {
    use crate::{
        layer::testing::{mistake, model, training},
        shape::Dim,
    };

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[10, 2] -> [4] { rnn(4, activation = relu) }");
        let node = &model.nodes[0];
        assert_eq!(node.parameters(), Dim::from((2 + 4 + 1) * 4));
        assert_eq!(node.macs, Dim::from(10 * (2 + 4) * 4));
        assert!(node.layer.canonical().ends_with("activation = relu"));
    }

    #[test]
    fn forward_and_backward_of_both_directions() {
        let [forward, backward] =
            training("[5, 2] -> [6] { rnn(3, bidirectional = true, bias = false) }");
        assert_eq!(forward, ["Gemm", "Recur", "Gemm", "Recur", "Concat"]);
        let each = ["Split", "RecurGrad", "GemmGradWeight", "GemmGradWeight", "GemmGradInput"];
        assert_eq!(backward, [&each[..], &each, &["Axpby"]].concat());
    }

    #[test]
    fn activations_are_tanh_and_relu() {
        let mistake = mistake("[5, 2] -> [3] { rnn(3, activation = gelu) }");
        assert!(mistake.contains("expected: `tanh` or `relu`"), "{mistake}");
    }
}
