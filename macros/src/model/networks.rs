//! Networks as layers: where they may stand.

use std::collections::BTreeSet;

use super::{Model, Source};
use crate::{diag::Diagnostics, layer::network::CUSTOM};

pub(super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    for (index, node) in model.nodes.iter().enumerate() {
        let Some(inner) = node.layer.network() else { continue };
        diagnostics.within(node.origin.as_ref());
        let name = &node.name;
        let custom = node.kind.keyword == CUSTOM.keyword;
        let what = if custom { "layer" } else { "network" };
        if inner.words == model.name {
            diagnostics
                .error(node.span, format!("`{}` cannot be a layer of itself", model.name))
                .expected("a network of another name");
        }
        if !node.turns.is_empty() {
            diagnostics
                .error(node.span, format!("the {what} `{name}` cannot stand in a `repeat`"))
                .help(if custom {
                    "write the turns one after the other, or the layer outside of the `repeat`"
                } else {
                    "write its layers here, or the network outside of the `repeat`"
                });
        }
        if let Some(before) = waiting(model, index).filter(|_| node.frozen) {
            diagnostics
                .error(node.span, format!("the frozen {what} `{name}` passes no gradient on"))
                .found(format!("{before} before it"))
                .help("freeze what stands before it too, or do not freeze it");
        }
    }
    diagnostics.within(None);
}

/// What waits for the gradient of the input of a layer.
fn waiting(model: &Model, index: usize) -> Option<String> {
    let before = before(model, index);
    let is_trained = |index: &&usize| {
        let node = &model.nodes[**index];
        !node.frozen && node.params.iter().any(|param| param.trained)
    };
    match before.iter().find(is_trained) {
        Some(trained) => Some(format!("`{}`, which is trained,", model.nodes[*trained].name)),
        None => model.part.then(|| format!("the input of `{}`, a `#[part]`,", model.name)),
    }
}

/// The layers that a layer depends on.
fn before(model: &Model, index: usize) -> BTreeSet<usize> {
    let (mut before, mut open) = (BTreeSet::new(), vec![index]);
    while let Some(next) = open.pop() {
        let node = &model.nodes[next];
        let sources = node.inputs.iter().filter_map(|source| match source {
            Source::Node(node) => Some(*node),
            _ => None,
        });
        let within = node.body.iter().flat_map(|body| body.nodes.clone());
        open.extend(sources.chain(within).filter(|node| before.insert(*node)));
    }
    before
}
