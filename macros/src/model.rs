//! The model: a declaration whose layers are known and whose shapes are computed.

mod blocks;
mod check;
mod ends;
mod names;
mod networks;
mod ports;
mod sayings;
mod table;
mod time;
mod wires;

use std::{fmt::Write as _, ops::Range};

use proc_macro2::Span;

use crate::{
    layer::{Head, Kind, Layer, Param, Regularisation},
    shape::{Dim, Shape},
    syntax::Origin,
};

pub(crate) use check::check;
pub(crate) use names::{check as check_name, is_method};
pub(crate) use time::{Obstacle, Timing};

/// Version of the memory layouts and canonical words: weight files of another do not match.
const LAYOUT_VERSION: u32 = 1;

/// A network as a graph of layers in topological order.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) scalar: &'static str,
    /// Whether it yields the gradient of its input.
    pub(crate) part: bool,
    pub(crate) nodes: Vec<Node>,
    /// All of several inputs one after the other.
    pub(crate) input: Shape,
    /// Several inputs, by name; none where there is one.
    pub(crate) ports: Vec<PortNode>,
    /// All of several outputs one after the other.
    pub(crate) output: Shape,
    /// Where the outputs come from: one, or several with names.
    pub(crate) ends: Vec<End>,
    pub(crate) head: Head,
}

/// One of several inputs.
pub(crate) struct PortNode {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) shape: Shape,
}

/// One output.
pub(crate) struct End {
    /// `output` where there is one.
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) shape: Shape,
    /// What it is to losses, and the layer that makes it so.
    pub(crate) head: (Head, Option<usize>),
}

/// What a node reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    Input,
    /// One of several inputs.
    Port(usize),
    /// What a turn of the `repeat` of this index starts from.
    Turn(usize),
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
    /// The use of a block that it comes from.
    pub(crate) origin: Option<Origin>,
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
    pub(crate) regularisation: Regularisation,
    /// Of the `repeat` around it, from outside in.
    pub(crate) turns: Vec<usize>,
    /// The layers of a `repeat`.
    pub(crate) body: Option<Body>,
}

/// The layers of a `repeat`, which come just before it.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) times: usize,
    pub(crate) nodes: Range<usize>,
    /// Where the value of a turn comes from.
    pub(crate) end: Source,
}

impl Node {
    /// The keyword, or the type of the network that it is.
    pub(crate) fn kind(&self) -> &str {
        self.layer.network().map_or(self.kind.keyword, |inner| &inner.words)
    }

    /// The number of scalars of its parameters, over all turns.
    pub(crate) fn parameters(&self) -> Dim {
        let one = match self.layer.network() {
            Some(inner) => inner.symbol("PARAMETERS"),
            None => Dim::sum(self.params.iter().map(|param| param.shape.len())),
        };
        one.over_turns(&self.turns)
    }

    /// Multiply-accumulates, over all turns.
    pub(crate) fn macs(&self) -> Dim {
        self.macs.clone().over_turns(&self.turns)
    }

    /// The number of turns that it takes, of all `repeat` around it.
    pub(crate) fn times(&self) -> usize {
        self.turns.iter().copied().fold(1, usize::saturating_mul)
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

    /// The same, in the turns of a `repeat` too.
    pub(crate) fn innermost(&self, source: Source) -> Option<usize> {
        let last = self.changing(source)?;
        match &self.nodes[last].body {
            Some(body) => self.innermost(body.end),
            None => Some(last),
        }
    }

    /// What a value is to losses: the last layer that changes it, where losses know that layer. They see
    /// it in no turns, and only where nothing else reads what it yields.
    fn head_of(&self, source: Source) -> (Head, Option<usize>) {
        let Some(last) = self.innermost(source) else { return (Head::Plain, None) };
        let alone = self.path(source).into_iter().all(|step| self.readers(step) == 1);
        match self.nodes[last].layer.head() {
            Head::Plain => (Head::Plain, None),
            head if alone && self.changing(source) == Some(last) => (head, Some(last)),
            head => (head.hidden(), None),
        }
    }

    /// The value, and those before it back to the layer that changed it last.
    fn path(&self, mut source: Source) -> Vec<Source> {
        let mut path = vec![source];
        while let Source::Node(index) = source {
            if self.nodes[index].layer.changes_values() {
                break;
            }
            source = self.nodes[index].inputs[0];
            path.push(source);
        }
        path
    }

    /// How often a value is read, outputs and the ends of turns included.
    fn readers(&self, source: Source) -> usize {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        let ends = self.ends.iter().map(|end| &end.source);
        let turns = self.nodes.iter().filter_map(|node| node.body.as_ref()).map(|body| &body.end);
        inputs.chain(ends).chain(turns).filter(|read| **read == source).count()
    }

    /// The head of a network with one output.
    pub(crate) fn head_node(&self) -> Option<usize> {
        if let [end] = &self.ends[..] { end.head.1 } else { None }
    }

    /// The output, by index, whose head a layer is, where there are several.
    pub(crate) fn head_of_several(&self, node: usize) -> Option<usize> {
        let several = self.ends.len() > 1;
        self.ends.iter().position(|end| several && end.head.1 == Some(node))
    }

    /// The names of what a layer reads.
    pub(crate) fn sources(&self, node: &Node) -> Vec<&str> {
        match &node.body {
            Some(body) => vec![self.source_name(body.end)],
            None => node.inputs.iter().map(|source| self.source_name(*source)).collect(),
        }
    }

    fn source_name(&self, source: Source) -> &str {
        match source {
            Source::Input => "input",
            Source::Port(index) => &self.ports[index].name,
            Source::Node(index) => &self.nodes[index].name,
            Source::Turn(index) => self.source_name(self.nodes[index].inputs[0]),
        }
    }

    /// What the first layer reads.
    pub(crate) fn first(&self) -> Source {
        if self.ports.is_empty() { Source::Input } else { Source::Port(0) }
    }

    /// Whether a layer reads the layer before it and nothing else.
    fn follows(&self, index: usize) -> bool {
        let before = index.checked_sub(1).map_or(self.first(), Source::Node);
        self.sources(&self.nodes[index]) == [self.source_name(before)]
    }

    /// Whether every layer reads the one before it and nothing else.
    pub(crate) fn is_chain(&self) -> bool {
        (0..self.nodes.len()).all(|index| self.follows(index))
    }

    /// The declaration in canonical words, a line a layer: what weight files are checked against.
    /// A layer that does more than follow the one before says what it reads.
    pub(crate) fn architecture(&self) -> String {
        let mut text = format!("layout {LAYOUT_VERSION}\nscalar {}", self.scalar);
        if self.ports.is_empty() {
            write!(text, "\ninput {}", self.input).expect("strings take all text");
        }
        for port in &self.ports {
            write!(text, "\ninput {} {}", port.name, port.shape).expect("strings take all text");
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let (name, keyword) = (&node.name, node.kind.keyword);
            let arguments = node.layer.canonical();
            write!(text, "\n{name}: {keyword}({arguments}) -> {}", node.output)
                .expect("strings take all text");
            if let Some(body) = &node.body {
                let first = &self.nodes[body.nodes.start].name;
                write!(text, " from {first}").expect("strings take all text");
            }
            if !self.follows(index) {
                write!(text, " of {}", self.sources(node).join(", "))
                    .expect("strings take all text");
            }
        }
        for end in self.ends.iter().filter(|_| self.ends.len() > 1) {
            write!(text, "\noutput {}", end.name).expect("strings take all text");
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
