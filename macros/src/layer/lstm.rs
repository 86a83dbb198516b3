//! Long short-term memory.

use super::{Kind, recurrent};
use crate::plan::Cell;

const DOC: &str = "\
Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gates of Gers et al. 2000),
from `[time, features]` to `[units]`, the state after the last step, or `[time, units]`. With
`[i, f, g, o] = x[t] · weight + h[t-1] · recurrent_weight + bias`, in this order as in Keras and PyTorch:
`c[t] = σ(f) · c[t-1] + σ(i) · tanh(g)` and `h[t] = σ(o) · tanh(c[t])`, from zeros. PyTorch's two biases
are one here, their sum. To stack, write several: `lstm(64, return_sequences = true), lstm(64)`.

- `units`: the number of units.
- `return_sequences = false`: whether the output has the state of every step, rather than of the last.
- `bidirectional = false`: whether further units go from the last step to the first; their states, each
  at its own step or that after the first, follow the others, `2 · units` features in all.
- `bias = true`: whether `bias` is added.
- `init = glorot_uniform`: how `weight` starts, all gates as one matrix, as in Keras.
- `recurrent_init = orthogonal`: how `recurrent_weight` starts.
- `bias_init`: how `bias` starts, by default ones for `f` and zeros for the others (Jozefowicz 2015).
- `l1 = 0`: the penalty `l1 · Σ |w|` of both weights in training: see [regularisation](#regularisation).
- `l2 = 0`: the penalty `l2 · Σ w²`, likewise.
- `max_norm`: the largest norm of what enters one unit, likewise.

Parameters: `weight [features, 4 · units]`, `recurrent_weight [units, 4 · units]`, `bias [4 · units]`;
the same with `backward_` before the name for the other direction.";

pub(super) const KIND: Kind = Kind {
    keyword: "lstm",
    doc: DOC,
    args: recurrent::ARGS,
    examples: &[
        "[5, 2] -> [3] { lstm(3) }",
        "[4, 2] -> [4, 2] { dense(2), tanh, lstm(2, return_sequences = true) }",
        "[3, 1] -> [4] { dense(2), lstm(2, bidirectional = true, bias = false) }",
        "[3, 1] -> [3, 2] { dense(1), lstm(1, bidirectional = true, return_sequences = true) }",
        "[1, 2] -> [2] { #[freeze] lstm(2), tanh, dense(2) }",
    ],
    init_before: None,
    parse: |args| Some(Box::new(recurrent::parse(args, "lstm", Cell::Lstm)?)),
};

#[cfg(test)]
mod tests {
    use crate::{
        layer::{
            Init,
            testing::{inference, mistake, model, plan, shape, training},
        },
        shape::Dim,
    };

    #[test]
    fn shape_parameters_and_macs() {
        let model = model("[100, 16] -> [64] { lstm(64) }");
        let node = &model.nodes[0];
        let shapes: Vec<_> = node.params.iter().map(|p| (p.name, p.shape.to_string())).collect();
        assert_eq!(
            shapes,
            [
                ("weight", "[16, 256]".to_owned()),
                ("recurrent_weight", "[64, 256]".to_owned()),
                ("bias", "[256]".to_owned()),
            ]
        );
        assert_eq!(node.parameters(), Dim::from((16 + 64 + 1) * 256));
        assert_eq!(node.macs, Dim::from(100 * (16 + 64) * 256));
        let canonical = "64, return_sequences = false, bidirectional = false, bias = true";
        assert_eq!(node.layer.canonical(), canonical);
    }

    #[test]
    fn outputs_follow_the_arguments() {
        for (arguments, output) in [
            ("return_sequences = true", "[9, 4]"),
            ("bidirectional = true", "[8]"),
            ("bidirectional = true, return_sequences = true", "[9, 8]"),
        ] {
            let model = model(&format!("[9, 3] -> {output} {{ lstm(4, {arguments}) }}"));
            let count = model.nodes[0].params.len();
            assert_eq!(count, if arguments.contains("bidirectional") { 6 } else { 3 });
        }
    }

    #[test]
    fn weights_start_as_in_keras() {
        let inits = |arguments: &str| -> Vec<Option<Init>> {
            let model = model(&format!("[9, 3] -> [4] {{ lstm(4{arguments}) }}"));
            model.nodes[0].params.iter().map(|param| param.init).collect()
        };
        let usual = [Init::GlorotUniform, Init::Orthogonal, Init::UnitForget].map(Some);
        assert_eq!(inits(""), usual);
        let given = ", init = he_normal, recurrent_init = zeros, bias_init = ones";
        assert_eq!(inits(given), [Init::HeNormal, Init::Zeros, Init::Ones].map(Some));
    }

    #[test]
    fn forward_and_backward() {
        let [forward, backward] = training("[5, 2] -> [3] { lstm(3) }");
        assert_eq!(forward, ["Gemm", "AddBias", "Recur"]);
        let gradients = ["GemmGradWeight", "GemmGradWeight", "GemmGradInput"];
        assert_eq!(backward, [&["RecurGrad", "SumRows"], &gradients[..]].concat());
        assert_eq!(inference("[5, 2] -> [3] { lstm(3, bias = false) }"), ["Gemm", "Recur"]);
        let [_, backward] = training("[5, 2] -> [3] { #[freeze] lstm(3) }");
        assert_eq!(backward, ["RecurGrad", "GemmGradInput"]);
    }

    #[test]
    fn inference_keeps_the_last_states_only() {
        let plan = plan("[5, 2] -> [3] { lstm(3) }");
        assert_eq!(shape(&plan.training.program, "lstm1.cells"), "[5, 3]");
        assert_eq!(shape(&plan.inference, "lstm1.cells"), "[2, 3]");
        assert_eq!(shape(&plan.inference, "lstm1.packed"), "[16, 12]");
    }

    #[test]
    fn a_layer_before_it_has_to_return_sequences() {
        let mistake = mistake("[8, 3] -> [4] { lstm(5), lstm(4) }");
        assert!(mistake.starts_with("`lstm` takes a sequence"), "{mistake}");
        assert!(
            mistake.contains("add `return_sequences = true` to a recurrent layer"),
            "{mistake}"
        );
        assert!(mistake.contains("`reshape([5, 1])`"), "{mistake}");
    }

    #[test]
    fn stacking_is_writing_several() {
        let mistake = mistake("[8, 3] -> [4] { lstm(4, num_layers = 2) }");
        assert!(mistake.contains("help: write several: `lstm(.., return_sequences"), "{mistake}");
    }

    #[test]
    fn an_image_is_no_sequence() {
        let mistake = mistake("[8, 8, 3] -> [4] { lstm(4) }");
        assert!(mistake.contains("help: add `reshape([8, 24])` before it"), "{mistake}");
    }
}
