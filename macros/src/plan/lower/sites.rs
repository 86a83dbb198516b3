//! The nodes of a part in the order of lowering, its inputs before them and its outputs behind.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;

use super::{
    Lower, NodeSite, Purpose,
    gradients::Gradients,
    part::{AllTurns, Part},
    push, push_row,
};
use crate::{
    model::Source,
    plan::{Arrange, Buf, PlanParam, Program, Space, Step, Verb},
    shape::{Dim, Shape},
};

/// The nodes of a model as lowering goes over them, with the buffers each one sees.
pub(super) struct Sites<'p> {
    part: &'p Part<'p>,
    purpose: Purpose,
    pub(super) sites: BTreeMap<usize, NodeSite>,
    input: Buf,
    /// Several inputs.
    ports: Vec<Buf>,
    /// By index of [`Plan::params`]: the parameter, and its gradient in a training program.
    params: Vec<(Buf, Option<Buf>)>,
    /// By node: `(name, index into params)`.
    names: Vec<Vec<(&'static str, usize)>>,
}

impl<'p> Sites<'p> {
    pub(super) fn new(
        part: &'p Part<'p>,
        params: &[PlanParam],
        program: &mut Program,
        purpose: Purpose,
    ) -> Self {
        let training = purpose == Purpose::Training;
        let model = part.model;
        let input = push(program, "input", Space::Input, part.input.clone());
        let mut bufs = Vec::new();
        let mut names = vec![Vec::new(); model.nodes.len()];
        for (index, param) in params.iter().enumerate() {
            let name = format!("{}.{}", model.nodes[param.node].name, param.name);
            let buf = push(program, &name, Space::Param(index), param.whole());
            let gradient = (training && param.trained).then(|| {
                let name = format!("{}.d{}", model.nodes[param.node].name, param.name);
                push(program, &name, Space::Gradient(index), param.whole())
            });
            bufs.push((buf, gradient));
            names[param.node].push((param.name, index));
        }
        let ports =
            if part.of.is_none() { split_input(part, purpose, input, program) } else { Vec::new() };
        Self { part, purpose, sites: BTreeMap::new(), input, ports, params: bufs, names }
    }

    pub(super) fn forward(&mut self, index: usize, turns: &AllTurns, program: &mut Program) {
        let node = &self.part.model.nodes[index];
        let shape = |source, shape: &Shape| self.part.shape(self.purpose, source, shape);
        let x = self.value(node.inputs[0]);
        let wires = node.inputs[1..].iter().map(|source| self.value(*source));
        let shapes =
            node.inputs[1..].iter().zip(&node.wires).map(|(source, wire)| shape(*source, wire));
        let wires: Vec<_> = wires.zip(shapes).collect();
        let params = self.names[index].iter().map(|&(name, param)| {
            let (buf, gradient) = self.params[param];
            (name, buf, gradient)
        });
        let within = node.body.iter().flat_map(|body| body.nodes.clone());
        let within = within.flat_map(|node| &self.names[node]).map(|&(_, param)| param);
        let within: BTreeSet<usize> = within.collect();
        let mut site = NodeSite {
            index,
            name: node.name.clone(),
            span: node.span,
            frozen: node.frozen,
            head: None,
            input: shape(node.inputs[0], &node.input),
            sequence: node.input.clone(),
            output: shape(Source::Node(index), &node.output),
            x,
            y: None,
            sent: vec![None; wires.len()],
            wires,
            stages: Vec::new(),
            kept: Vec::new(),
            turns: turns.get(&index).cloned(),
            within: within.into_iter().map(|param| self.params[param]).collect(),
            params: params.collect(),
        };
        let over_time = self.purpose == Purpose::Step && self.part.is_sequence(node.inputs[0]);
        let mut cx = Lower::new(program, &mut site, self.purpose);
        let y = if over_time { node.layer.step(&mut cx) } else { node.layer.forward(&mut cx) };
        site.y = Some(y);
        self.sites.insert(index, site);
    }

    fn value(&self, source: Source) -> Buf {
        match source {
            Source::Input | Source::Turn(_) => self.input,
            Source::Port(port) => self.ports[port],
            Source::Node(node) => self.sites[&node].y.expect("nodes come after their inputs"),
        }
    }

    /// The output: several side by side, and one copied where it would be the caller's input itself.
    pub(super) fn output(&self, program: &mut Program) -> Buf {
        let ends = &self.part.ends;
        let values: Vec<Buf> = ends.iter().map(|(_, source, _)| self.value(*source)).collect();
        if let [value] = values[..]
            && value != self.input
        {
            return value;
        }
        let y = push_row(program, "output", self.part.output.clone());
        let verb = match values[..] {
            [x] => Verb::Arrange(Arrange::Copy { y, x }),
            _ => {
                let widths = ends.iter().map(|(_, _, shape)| shape.len());
                Verb::Arrange(Arrange::Concat {
                    y,
                    parts: values.into_iter().zip(widths).collect(),
                })
            }
        };
        program.steps.push(self.last_step(verb));
        y
    }

    /// The gradients of the outputs: parts of one where there are several.
    pub(super) fn d_ends(&self, d: Buf, program: &mut Program) -> Vec<(Source, Buf)> {
        let ends = &self.part.ends;
        if let [(_, source, _)] = ends[..] {
            return vec![(source, d)];
        }
        let (width, mut start) = (self.part.output.len(), Dim::ZERO);
        let mut parts = Vec::new();
        for (name, source, shape) in ends {
            let n = shape.len();
            let y = push_row(program, &format!("d_output.{name}"), shape.clone());
            let from = start.clone();
            start = Dim::sum([start, n.clone()]);
            let verb =
                Verb::Arrange(Arrange::Split { y, x: d, width: width.clone(), start: from, n });
            program.steps.push(self.last_step(verb));
            parts.push((*source, y));
        }
        parts
    }

    /// The gradient of the input, which is dead unless something asks for it.
    pub(super) fn d_input(&self, gradients: &mut Gradients, program: &mut Program) -> Option<Buf> {
        let (_, first) = self.sites.first_key_value()?;
        let model = self.part.model;
        if let Some(of) = self.part.of {
            return Some(gradients.of(Source::Turn(of), first, program));
        }
        if model.ports.is_empty() {
            return Some(gradients.of(Source::Input, first, program));
        }
        let parts = model.ports.iter().enumerate().map(|(index, port)| {
            (gradients.of(Source::Port(index), first, program), port.shape.len())
        });
        let parts = parts.collect();
        let y = push_row(program, "d_input", model.input.clone());
        let verb = Verb::Arrange(Arrange::Concat { y, parts });
        program.steps.push(Step { verb, node: first.index, span: first.span, head: None });
        Some(y)
    }

    fn last_step(&self, verb: Verb) -> Step {
        let last = self.sites.last_key_value();
        let (node, span) = last.map_or((0, Span::call_site()), |(_, s)| (s.index, s.span));
        Step { verb, node, span, head: None }
    }
}

/// The parts of the caller's input, where there are several.
fn split_input(part: &Part<'_>, purpose: Purpose, x: Buf, program: &mut Program) -> Vec<Buf> {
    let (width, mut start) = (part.input.len(), Dim::ZERO);
    let mut ports = Vec::new();
    for (index, port) in part.model.ports.iter().enumerate() {
        let shape = part.shape(purpose, Source::Port(index), &port.shape);
        let y = push_row(program, &format!("input.{}", port.name), shape.clone());
        let (from, n) = (start.clone(), shape.len());
        start = Dim::sum([start, n.clone()]);
        let verb = Verb::Arrange(Arrange::Split { y, x, width: width.clone(), start: from, n });
        program.steps.push(Step { verb, node: 0, span: port.span, head: None });
        ports.push(y);
    }
    ports
}
