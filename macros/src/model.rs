//! The model: layers with their shapes, parameters and names, checked.

pub(crate) mod table;

use std::fmt::Write as _;

use proc_macro2::Span;

use crate::{
    layer::{Head, Kind, Layer, Param},
    shape::{Dim, Shape},
};

/// The version of what a fingerprint covers besides the architecture: the order of parameters in
/// files, and how they lie there.
const LAYOUT_VERSION: u32 = 1;

/// A checked network.
pub(crate) struct Model {
    pub(crate) name: String,
    /// In order: every node comes after its inputs.
    pub(crate) nodes: Vec<Node>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    pub(crate) head: Head,
}

/// One layer of a network.
pub(crate) struct Node {
    /// The given name, or keyword and ordinal.
    pub(crate) name: String,
    /// The index of its call in the declaration.
    pub(crate) call: usize,
    pub(crate) kind: &'static Kind,
    pub(crate) layer: Box<dyn Layer>,
    /// The keyword token.
    pub(crate) span: Span,
    pub(crate) inputs: Vec<Source>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// The parameters, their initialisers resolved.
    pub(crate) params: Vec<Param>,
    pub(crate) macs: Dim,
    /// A remark for the table.
    pub(crate) note: String,
    pub(crate) frozen: bool,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Input,
    Node(usize),
}

impl Model {
    /// The last node that changes values, if it is a head: what a loss may differentiate as one with
    /// itself.
    pub(crate) fn head_node(&self) -> Option<usize> {
        let last = self.nodes.iter().rposition(|node| node.layer.changes_values())?;
        (self.nodes[last].layer.head() != Head::Plain).then_some(last)
    }

    /// The network in canonical words, a line for each layer. Weight files are checked against it.
    pub(crate) fn architecture(&self) -> String {
        let mut text = format!("input -> {}\n", self.input);
        for node in &self.nodes {
            let Node { name, kind, output, .. } = node;
            let (keyword, arguments) = (kind.keyword, node.layer.canonical());
            let call = if arguments.is_empty() {
                keyword.to_owned()
            } else {
                format!("{keyword}({arguments})")
            };
            writeln!(text, "{name}: {call} -> {output}").expect("strings take all text");
        }
        text
    }

    /// A hash of the architecture and of the layout of weight files.
    pub(crate) fn fingerprint(&self) -> String {
        let text = format!("layout {LAYOUT_VERSION}\n{}", self.architecture());
        format!("{:016x}", fnv1a(text.as_bytes()))
    }
}

impl Node {
    /// The number of its parameters, trained or not.
    pub(crate) fn parameters(&self) -> Dim {
        Dim::sum(self.params.iter().map(|param| param.shape.len()))
    }
}

/// The 64-bit FNV-1a hash.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
