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
        if let Some(before) = waiting(model, index).filter(|_| node.frozen) {
            diagnostics
                .error(node.span, format!("the frozen {what} `{name}` passes no gradient on"))
                .found(before)
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
        Some(trained) => {
            let place = if *trained < index { "before it" } else { "in the turn before it" };
            Some(format!("`{}`, which is trained, {place}", model.nodes[*trained].name))
        }
        None => {
            model.part.then(|| format!("the input of `{}`, a `#[part]`, before it", model.name))
        }
    }
}

/// The layers that a layer depends on; in a `repeat` those of the turn before too, itself among them.
fn before(model: &Model, index: usize) -> BTreeSet<usize> {
    let (mut before, mut open) = (BTreeSet::new(), vec![index]);
    while let Some(next) = open.pop() {
        let node = &model.nodes[next];
        let sources = node.inputs.iter().flat_map(|source| starts(model, *source));
        let within = node.body.iter().flat_map(|body| body.nodes.clone());
        open.extend(sources.chain(within).filter(|node| before.insert(*node)));
    }
    before
}

/// The layers that a value comes from: what a turn starts from are the last of the turn before, and
/// what stands before the `repeat`.
fn starts(model: &Model, source: Source) -> Vec<usize> {
    match source {
        Source::Node(node) => vec![node],
        Source::Turn(of) => {
            let node = &model.nodes[of];
            let end = node.body.iter().filter(|body| body.times > 1).map(|body| body.end);
            let end =
                end.filter_map(|end| if let Source::Node(end) = end { Some(end) } else { None });
            end.chain(starts(model, node.inputs[0])).collect()
        }
        Source::Input | Source::Port(_) => Vec::new(),
    }
}
