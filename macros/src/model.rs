//! The model: a declaration whose layers are known and whose shapes are computed.

mod blocks;
mod check;
mod ends;
mod names;
mod sayings;
mod table;
mod wires;

use std::fmt::Write as _;

use proc_macro2::Span;

use crate::{
    layer::{Head, Kind, Layer, Param},
    shape::{Dim, Shape},
};

pub(crate) use check::check;
pub(crate) use names::is_method;

/// Version of the memory layouts and canonical words: weight files of another do not match.
const LAYOUT_VERSION: u32 = 1;

/// A network as a graph of layers in topological order.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) scalar: &'static str,
    pub(crate) nodes: Vec<Node>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// Where the output comes from.
    pub(crate) end: Source,
    pub(crate) head: Head,
}

/// What a node reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Input,
    Node(usize),
}

/// One layer in its place.
pub(crate) struct Node {
    /// Given, or keyword and ordinal.
    pub(crate) name: String,
    pub(crate) kind: &'static Kind,
    pub(crate) layer: Box<dyn Layer>,
    /// The keyword's token.
    pub(crate) span: Span,
    /// The input, and then the wires.
    pub(crate) inputs: Vec<Source>,
    pub(crate) input: Shape,
    /// The shapes of the wires.
    pub(crate) wires: Vec<Shape>,
    pub(crate) output: Shape,
    /// With initialisers resolved.
    pub(crate) params: Vec<Param>,
    pub(crate) macs: Dim,
    pub(crate) note: String,
    pub(crate) frozen: bool,
}

impl Node {
    /// The number of scalars of its parameters.
    pub(crate) fn parameters(&self) -> Dim {
        Dim::sum(self.params.iter().map(|param| param.shape.len()))
    }
}

impl Model {
    /// The last layer that changes values on the way to a value.
    pub(crate) fn changing(&self, mut source: Source) -> Option<usize> {
        while let Source::Node(index) = source {
            let node = &self.nodes[index];
            if node.layer.changes_values() {
                return Some(index);
            }
            source = node.inputs[0];
        }
        None
    }

    /// The head: the last layer that changes values, where losses know it.
    pub(crate) fn head_node(&self) -> Option<usize> {
        let last = self.changing(self.end)?;
        (self.nodes[last].layer.head() != Head::Plain).then_some(last)
    }

    /// The names of what a layer reads.
    pub(crate) fn sources(&self, node: &Node) -> Vec<&str> {
        let name = |source: &Source| match source {
            Source::Input => "input",
            Source::Node(index) => &self.nodes[*index].name,
        };
        node.inputs.iter().map(name).collect()
    }

    /// Whether a layer reads the layer before it and nothing else.
    fn follows(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or(Source::Input, Source::Node);
        self.nodes[index].inputs == [before]
    }

    /// Whether every layer reads the one before it and nothing else.
    pub(crate) fn is_chain(&self) -> bool {
        (0..self.nodes.len()).all(|index| self.follows(index))
    }

    /// The declaration in canonical words, a line a layer: what weight files are checked against.
    /// A layer that does more than follow the one before says what it reads.
    pub(crate) fn architecture(&self) -> String {
        let mut text =
            format!("layout {LAYOUT_VERSION}\nscalar {}\ninput {}", self.scalar, self.input);
        for (index, node) in self.nodes.iter().enumerate() {
            let (name, keyword) = (&node.name, node.kind.keyword);
            let arguments = node.layer.canonical();
            write!(text, "\n{name}: {keyword}({arguments}) -> {}", node.output)
                .expect("strings take all text");
            if !self.follows(index) {
                write!(text, " of {}", self.sources(node).join(", "))
                    .expect("strings take all text");
            }
        }
        text
    }

    /// FNV-1a of the architecture, in hexadecimal.
    pub(crate) fn fingerprint(&self) -> String {
        let hash = self.architecture().bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        format!("{hash:016x}")
    }
}
