//! The model card: the documentation of a generated struct.

use crate::{model::Model, plan::Plan, shape::Dim};

/// Lines of documentation after the user's own: the table of layers and the totals.
pub(super) fn docs(model: &Model, plan: &Plan) -> Vec<String> {
    let parameters = Dim::sum(plan.params.iter().map(|param| param.shape.len()));
    let macs = Dim::sum(model.nodes.iter().map(|node| node.macs.clone()));
    let mut lines = vec![
        String::new(),
        format!(
            "A neural network from `{}` to `{}` with {parameters} parameters and {macs} \
             multiply-accumulates a sample.",
            model.input, model.output
        ),
        String::new(),
        "| layer | kind | output | parameters | MACs | |".to_owned(),
        "|---|---|---|--:|--:|---|".to_owned(),
        format!("| input | | `{}` | | | |", model.input),
    ];
    lines.extend(model.nodes.iter().map(|node| {
        format!(
            "| `{}` | `{}` | `{}` | {} | {} | {} |",
            node.name,
            node.kind.keyword,
            node.output,
            node.parameters(),
            node.macs,
            node.note
        )
    }));
    lines
}
