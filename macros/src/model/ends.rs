//! What is checked of a network as a whole: its output, and that its sizes are not absurd.

use super::{Model, Node};
use crate::{
    diag::Diagnostics,
    shape::{Dim, MAX_SCALARS, Shape},
    syntax::Spec,
};

/// The declared output is what the layers yield.
pub(super) fn check_output(
    spec: &Spec,
    model: &Model,
    yielded: &Shape,
    diagnostics: &mut Diagnostics,
) {
    let (Some(last), declared) = (model.nodes.last(), &spec.output.value) else { return };
    if declared.has_unknown() || yielded.agrees(declared) {
        return;
    }
    diagnostics
        .error(spec.output.span, format!("the layers of `{}` do not yield this output", model.name))
        .found(format!("{yielded} from `{}`, the last layer", last.name))
        .expected(format!("{declared}, as declared"))
        .help(format!("write `-> {yielded}`{}", alternative(model, yielded, declared)))
        .with_table();
}

/// What to write in the body instead.
fn alternative(model: &Model, yielded: &Shape, declared: &Shape) -> String {
    let dense = model.nodes.iter().rev().find(|node| node.input != node.output);
    let dense = dense.filter(|node| node.kind.keyword == "dense");
    match (dense, declared.dims()) {
        _ if yielded.has_unknown() => String::new(),
        (Some(dense), [units]) => format!(", or `dense({units})` for `{}`", dense.name),
        _ if yielded.len() == declared.len() => format!(", or end with `reshape({declared})`"),
        (None, [units]) if yielded.rank() == 1 => format!(", or end with `dense({units})`"),
        (None, [units]) => format!(", or end with `flatten, dense({units})`"),
        _ => format!(", or a last layer that yields {declared}"),
    }
}

/// Sizes beyond all machines are slips of the hand, such as a digit too many. Only the first is
/// reported, since those after it follow from it. Yields the layer in question, if it is one.
pub(super) fn check_sizes<'m>(
    spec: &Spec,
    model: &'m Model,
    diagnostics: &mut Diagnostics,
) -> Option<&'m Node> {
    let limit = format!("at most {MAX_SCALARS} values");
    for node in &model.nodes {
        if let Some((message, found)) = too_large_node(node) {
            diagnostics.within(node.origin.as_ref());
            diagnostics.error(node.span, message).found(found).expected(limit).with_table();
            return Some(node);
        }
    }
    if too_large(&Dim::sum(model.nodes.iter().map(Node::parameters))) {
        let message = format!("`{}` has too many parameters", model.name);
        diagnostics.error(spec.name.span(), message).expected(limit).with_table();
    }
    None
}

fn too_large_node(node: &Node) -> Option<(String, String)> {
    let name = &node.name;
    if too_large(&node.output.len()) {
        return Some((format!("the output of `{name}` is too large"), node.output.to_string()));
    }
    let param = node.params.iter().find(|param| too_large(&param.shape.len()))?;
    Some((format!("the {} of `{name}` is too large", param.name), param.shape.to_string()))
}

fn too_large(len: &Dim) -> bool {
    len.literal().is_some_and(|len| len > MAX_SCALARS)
}
