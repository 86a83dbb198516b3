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
    let changing: Vec<_> = model.nodes.iter().filter(|n| n.layer.changes_values()).collect();
    for pair in changing.windows(2) {
        let (first, second) = (pair[0].kind.keyword, pair[1].kind.keyword);
        let found = MEANINGLESS.iter().find(|(a, b, _)| (*a, *b) == (first, second));
        if let Some((_, _, why)) = found {
            let (first, second) = (&pair[0].name, &pair[1].name);
            diagnostics
                .error(pair[1].span, format!("`{second}` has no meaning after `{first}`"))
                .note(why)
                .help(format!("remove `{second}` or `{first}`"));
        }
    }
}
