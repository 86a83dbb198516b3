//! The graph of a network in the DOT language of Graphviz.

use alloc::{format, string::String};

use crate::network::Network;

/// One box a layer, one arrow for each value that a layer reads.
pub(crate) fn dot<N: Network>() -> String {
    let mut text = format!("digraph \"{}\" {{\n  node [shape=box];\n", N::NAME);
    for (name, shape) in N::INPUTS {
        text += &node(name, "", shape);
    }
    for layer in N::LAYERS {
        let kind = if layer.name.starts_with(layer.kind) { "" } else { layer.kind };
        text += &node(layer.name, kind, layer.output);
    }
    for layer in N::LAYERS {
        for input in layer.inputs {
            text += &format!("  \"{input}\" -> \"{}\";\n", layer.name);
        }
    }
    text + "}\n"
}

fn node(name: &str, kind: &str, shape: &[usize]) -> String {
    let kind = if kind.is_empty() { String::new() } else { format!(" ({kind})") };
    format!("  \"{name}\" [label=\"{name}{kind}\\n{shape:?}\"];\n")
}
