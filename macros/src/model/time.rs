//! Whether a network goes over sequences step by step, and what is in its way if not.

use super::{Model, Node, Source};
use crate::{
    layer::Pace,
    shape::{Dim, Shape},
};

/// Which values are sequences, of which every time step gives one more.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    /// By node.
    nodes: Vec<bool>,
    /// By node: of a `repeat`, whether its turns start from such a sequence.
    turns: Vec<bool>,
}

/// Why a network has no `step`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    /// Behind "`Net` has no `step`: ".
    pub(crate) why: String,
    /// What can be written instead.
    pub(crate) help: String,
}

impl Timing {
    pub(crate) fn is_sequence(&self, source: Source) -> bool {
        match source {
            Source::Input | Source::Port(_) => true,
            Source::Turn(of) => self.turns[of],
            Source::Node(node) => self.nodes[node],
        }
    }

    /// The shape of a value at one time step: of a sequence a sequence of one.
    pub(crate) fn at_once(&self, source: Source, shape: &Shape) -> Shape {
        if !self.is_sequence(source) {
            return shape.clone();
        }
        let rest = shape.dims().iter().skip(1).cloned();
        Shape([Dim::ONE].into_iter().chain(rest).collect())
    }

    /// What users see of a value at one time step: `[features]` of a sequence.
    pub(crate) fn without_time(&self, source: Source, shape: &Shape) -> Shape {
        match shape.dims() {
            [_, rest @ ..] if self.is_sequence(source) && !rest.is_empty() => Shape(rest.to_vec()),
            _ => self.at_once(source, shape),
        }
    }
}

impl Model {
    /// Which values are computed step by step, where all are.
    pub(crate) fn timing(&self) -> Result<Timing, Obstacle> {
        self.inputs_are_sequences()?;
        let mut nodes = Vec::new();
        for node in &self.nodes {
            let yields = self.yields_sequence(node, &nodes)?;
            nodes.push(yields);
        }
        let turns = self.nodes.iter().map(|node| self.is_sequence(node.inputs[0], &nodes));
        Ok(Timing { turns: turns.collect(), nodes })
    }

    /// One step of all inputs one after the other, and what comes out after it.
    pub(crate) fn step_shapes(&self, timing: &Timing) -> [Shape; 2] {
        let inputs = self.ports.iter().enumerate().map(|(p, port)| (Source::Port(p), &port.shape));
        let mut inputs: Vec<_> = inputs.collect();
        if inputs.is_empty() {
            inputs.push((Source::Input, &self.input));
        }
        let outputs = self.ends.iter().map(|end| (end.source, &end.shape)).collect();
        [inputs, outputs].map(|values: Vec<(Source, &Shape)>| {
            let mut shapes =
                values.iter().map(|(source, shape)| timing.without_time(*source, shape));
            match values.len() {
                1 => shapes.next().expect("there is one"),
                _ => Shape::flat(Dim::sum(shapes.map(|shape| shape.len()))),
            }
        })
    }

    /// Whether a value is a sequence, where the nodes before it are known.
    fn is_sequence(&self, source: Source, nodes: &[bool]) -> bool {
        match source {
            Source::Input | Source::Port(_) => true,
            Source::Turn(of) => self.is_sequence(self.nodes[of].inputs[0], nodes),
            Source::Node(node) => nodes[node],
        }
    }

    /// Inputs are `[time, features]`, or indices `[time]`, and equally long.
    fn inputs_are_sequences(&self) -> Result<(), Obstacle> {
        let one = [(Source::Input, "its input".to_owned(), &self.input)];
        let ports = self.ports.iter().enumerate().map(|(index, port)| {
            (Source::Port(index), format!("its input `{}`", port.name), &port.shape)
        });
        let inputs: Vec<_> = if self.ports.is_empty() { one.into() } else { ports.collect() };
        for (source, words, shape) in &inputs {
            let indices = shape.rank() == 1 && self.are_indices(*source);
            if shape.rank() != 2 && !indices {
                let why = format!("{words} {shape} is not a sequence");
                return Err(Obstacle { why, help: "declare it as `[time, features]`".to_owned() });
            }
            if shape.dims()[0] != inputs[0].2.dims()[0] {
                let why = format!(
                    "{words} {shape} has another number of time steps than {}",
                    inputs[0].1
                );
                return Err(Obstacle { why, help: "declare inputs of one length".to_owned() });
            }
        }
        Ok(())
    }

    /// Whether a value is read as indices, by way of layers that do not change it too.
    fn are_indices(&self, value: Source) -> bool {
        let reads = |(_, node): &(usize, &Node)| node.inputs.contains(&value);
        let mut readers = self.nodes.iter().enumerate().filter(reads).peekable();
        readers.peek().is_some()
            && readers.all(|(index, node)| {
                let passed_on = !node.layer.changes_values();
                node.layer.pace(&node.input) == Pace::Indices
                    || passed_on && self.are_indices(Source::Node(index))
            })
    }

    /// Whether a layer yields a sequence: of sequences, unless it ends them.
    fn yields_sequence(&self, node: &Node, nodes: &[bool]) -> Result<bool, Obstacle> {
        let mut sequences = node.inputs.iter().map(|source| self.is_sequence(*source, nodes));
        let first = sequences.next().unwrap_or(false);
        if sequences.any(|other| other != first) {
            let why = "joins a sequence and a value that has no time";
            return Err(obstacle(node, why, "join both before `last` or behind it"));
        }
        if !first {
            return Ok(false);
        }
        match node.layer.pace(&node.input) {
            // A network that reads indices may end them.
            Pace::Indices if node.output.rank() == 1 => Ok(false),
            Pace::Steps | Pace::Indices => Ok(true),
            Pace::SoFar => Ok(false),
            Pace::Whole(help) => Err(obstacle(node, "needs the whole sequence", help)),
        }
    }
}

fn obstacle(node: &Node, why: &str, help: &str) -> Obstacle {
    let Node { name, kind, .. } = node;
    Obstacle { why: format!("`{name}` ({}) {why}", kind.keyword), help: help.to_owned() }
}

#[cfg(test)]
mod tests {
    use crate::layer::testing::model;

    fn shapes(network: &str) -> String {
        let model = model(network);
        let timing = model.timing().unwrap_or_else(|obstacle| panic!("{network}: {obstacle:?}"));
        let [sample, result] = model.step_shapes(&timing);
        format!("{sample} -> {result}")
    }

    fn why(network: &str) -> String {
        model(network).timing().expect_err("it has no `step`").why
    }

    #[test]
    fn a_step_has_no_time() {
        for (network, expected) in [
            ("[9, 2] -> [9, 3] { dense(3), tanh }", "[2] -> [3]"),
            ("[9, 2] -> [3] { dense(4), last, dense(3) }", "[2] -> [3]"),
            ("[9, 2] -> [1, 2] { mean_over_time, reshape([1, 2]) }", "[2] -> [1, 2]"),
            ("[9] -> [9, 3] { embedding(5, width = 3) }", "[1] -> [3]"),
            ("[9, 2] -> [3] { a: A -> [9, 4], b: B -> [5], c: C -> [3] }", "[2] -> [3]"),
            ("[9] -> [9, 3] { a: A -> [9, 4], b: B -> [9, 3] }", "[1] -> [3]"),
            ("[9] -> [3] { a: A -> [4], dense(3) }", "[1] -> [3]"),
            ("[9, 2] -> [3] { last, a: layer(Swish) -> [2], dense(3) }", "[2] -> [3]"),
            ("[9, 2] -> [9, 3] { layer(Swish, causal = true) -> [9, 3] }", "[2] -> [3]"),
            ("[9, 2] -> [4] { layer(Sum, causal = true) -> [4] }", "[2] -> [4]"),
            ("[9, 2] -> [3] { a: A -> [9], dense(3) }", "[2] -> [3]"),
            (
                "[9, 2] -> [9, 2] { repeat(2) { residual { repeat(3) { dense(2) } } } }",
                "[2] -> [2]",
            ),
            (
                "(a: [9, 2], b: [9]) -> (c: [9, 1], d: [4]) { c: dense(1), from(b), embedding(3, width = 4), d: last }",
                "[3] -> [5]",
            ),
        ] {
            assert_eq!(shapes(network), expected, "{network}");
        }
    }

    #[test]
    fn the_first_layer_in_the_way_is_named() {
        for (network, expected) in [
            (
                "[8, 2] -> [16] { dense(2), flatten }",
                "`flatten1` (flatten) needs the whole sequence",
            ),
            (
                "[8, 2] -> [8, 2] { near: conv1d(2, kernel = 3, padding = same) }",
                "`near` (conv1d) needs the whole sequence",
            ),
            (
                "[8, 2] -> [4, 2] { conv1d(2, kernel = 3, padding = causal, stride = 2) }",
                "`conv1d1` (conv1d) needs the whole sequence",
            ),
            (
                "[8, 2] -> [8, 2] { repeat(2) { instance_norm } }",
                "`instance_norm1` (instance_norm) needs the whole sequence",
            ),
            (
                "[8, 2] -> [3] { body: layer(Swish) -> [8, 2], last, dense(3) }",
                "`body` (layer) needs the whole sequence",
            ),
            ("[8] -> [3] { dense(3) }", "its input [8] is not a sequence"),
            (
                "[8] -> [3] { embedding(4, width = 3), e: last, from(input), dense(3), add(e) }",
                "its input [8] is not a sequence",
            ),
            ("(a: [8, 2], b: [2]) -> [2] { last, add(b) }", "its input `b` [2] is not a sequence"),
            (
                "(a: [8, 2], b: [4, 2]) -> [2] { last, x: dense(2), from(b), last, add(x) }",
                "its input `b` [4, 2] has another number of time steps than its input `a`",
            ),
            (
                "[2, 2] -> [2, 2] { a: dense(2), last, dense(4), reshape([2, 2]), add(a) }",
                "`add1` (add) joins a sequence and a value that has no time",
            ),
        ] {
            assert_eq!(why(network), expected, "{network}");
        }
    }
}
