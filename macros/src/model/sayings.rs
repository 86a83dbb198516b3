//! Layers that have no meaning one after the other.

use super::Model;
use crate::diag::Diagnostics;

/// `(first, second, why)`: what follows the first, with nothing between that changes values.
const MEANINGLESS: &[(&str, &str, &str)] = &[
    ("softmax", "softmax", "probabilities are no logits"),
    ("softmax", "log_softmax", "`log_softmax` alone is the logarithm of the softmax"),
    ("log_softmax", "softmax", "`softmax` alone yields the probabilities"),
    ("log_softmax", "log_softmax", "log-probabilities are normalised already"),
    ("softmax", "relu", "probabilities are never negative"),
    ("log_softmax", "relu", "log-probabilities are never positive, so that all is lost"),
    ("sigmoid", "relu", "probabilities are never negative"),
];

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for second in model.nodes.iter().filter(|node| node.layer.changes_values()) {
        let Some(first) = model.changing(second.inputs[0]) else { continue };
        let first = &model.nodes[first];
        let words = (first.kind.keyword, second.kind.keyword);
        let found = MEANINGLESS.iter().find(|(a, b, _)| (*a, *b) == words);
        if let Some((_, _, why)) = found {
            let second_origin = second.origin.as_ref();
            let (span, first, second) = (second.span, &first.name, &second.name);
            diagnostics.within(second_origin);
            diagnostics
                .error(span, format!("`{second}` has no meaning after `{first}`"))
                .note(why)
                .help(format!("remove `{second}` or `{first}`"));
        }
    }
}
