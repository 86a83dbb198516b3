//! The model card: the documentation of a generated struct.

use super::drawing;
use crate::{
    model::{Model, Node},
    shape::{Dim, Shape},
};

/// Lines of documentation after the user's own: the totals, the table of layers and
/// the drawing.
pub(super) fn docs(model: &Model) -> Vec<String> {
    let own = || model.nodes.iter().filter(|node| node.layer.network().is_none());
    let parameters = Dim::sum(own().map(Node::parameters));
    let macs = Dim::sum(own().map(Node::macs));
    let chain = model.is_chain();
    let mut lines = vec![
        String::new(),
        format!(
            "A neural network from {} to {} with {parameters} parameters and {macs} \
             multiply-accumulates a sample{}.",
            named(&model.input, model.ports.iter().map(|port| (&*port.name, &port.shape))),
            named(&model.output, model.ends.iter().map(|end| (&*end.name, &end.shape))),
            besides(model),
        ),
        String::new(),
    ];
    let sources = |text: &str| if chain { String::new() } else { format!(" {text} |") };
    let line = |cells: &str, text: &str| format!("{cells}{}", sources(text));
    lines.push(line("| layer | kind | output | parameters | MACs | |", "connected to"));
    lines.push(line("|---|---|---|--:|--:|---|", "---"));
    let input = |name: &str, shape: &Shape| line(&format!("| {name} | | `{shape}` | | | |"), "");
    match &model.ports[..] {
        [] => lines.push(input("input", &model.input)),
        ports => lines.extend(ports.iter().map(|port| input(&port.name, &port.shape))),
    }
    lines.extend(model.nodes.iter().map(|node| line(&layer(node), &connected(model, node))));
    lines.extend([String::new(), drawing::image(model)]);
    lines
}

/// `` `[4]` ``, or `` image `[28, 28, 1]`, meta `[4]` `` where there are several.
fn named<'m>(whole: &Shape, parts: impl Iterator<Item = (&'m str, &'m Shape)>) -> String {
    let parts: Vec<String> = parts.map(|(name, shape)| format!("{name} `{shape}`")).collect();
    if parts.len() > 1 { parts.join(", ") } else { format!("`{whole}`") }
}

/// The networks whose own cards say more.
fn besides(model: &Model) -> String {
    let inner = model.nodes.iter().filter_map(|node| {
        let words = &node.layer.network()?.words;
        let times = Some(node.times()).filter(|times| *times > 1);
        Some(format!("[`{words}`]{}", times.map_or(String::new(), |n| format!(", {n} times"))))
    });
    let inner: Vec<String> = inner.collect();
    if inner.is_empty() { String::new() } else { format!(", and those of {}", inner.join(", ")) }
}

fn layer(node: &Node) -> String {
    let Node { name, output, note, .. } = node;
    if let Some(inner) = node.layer.network() {
        return format!("| `{name}` | [`{}`] | `{output}` | | | {note} |", inner.words);
    }
    let (kind, parameters, macs) = (node.kind.keyword, node.parameters(), node.macs());
    format!("| `{name}` | `{kind}` | `{output}` | {parameters} | {macs} | {note} |")
}

/// What a layer reads; told where that is not always the layer before.
fn connected(model: &Model, node: &Node) -> String {
    let sources = model.sources(node).into_iter().map(|name| format!("`{name}`"));
    sources.collect::<Vec<_>>().join(", ")
}
