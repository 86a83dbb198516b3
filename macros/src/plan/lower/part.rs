//! A part of a model becomes two programs, node by node.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    rc::Rc,
};

use proc_macro2::Span;

use super::{Lower, NodeSite, Purpose, push, push_row};
use crate::{
    model::{Body, Model, Node, Source, Timing},
    plan::{
        Arrange, Buf, Elementwise, Plan, PlanParam, Program, Space, Step, Stepping, Training,
        Turns, Verb, optimize::optimize,
    },
    shape::{Dim, Shape},
};

/// Layers that are one program: the network, or the turns of a `repeat`.
pub(super) struct Part<'m> {
    model: &'m Model,
    /// The layers by index, without those of a `repeat` within.
    nodes: Vec<usize>,
    /// The `repeat` whose turns it is.
    of: Option<usize>,
    input: Shape,
    output: Shape,
    /// Where the outputs come from, with their shapes.
    ends: Vec<(&'m str, Source, Shape)>,
    /// Which values are sequences, where the network goes over them step by step.
    timing: Option<Timing>,
}

impl<'m> Part<'m> {
    pub(super) fn whole(model: &'m Model) -> Self {
        let ends = model.ends.iter().map(|end| (&*end.name, end.source, end.shape.clone()));
        Self {
            model,
            nodes: outermost(model, 0..model.nodes.len()),
            of: None,
            input: model.input.clone(),
            output: model.output.clone(),
            ends: ends.collect(),
            timing: model.timing().ok(),
        }
    }

    /// The turns of a `repeat`.
    fn turns(&self, of: usize, body: &Body) -> Self {
        let model = self.model;
        let node = &model.nodes[of];
        Self {
            model,
            nodes: outermost(model, body.nodes.clone()),
            of: Some(of),
            input: node.input.clone(),
            output: node.output.clone(),
            ends: vec![("output", body.end, node.output.clone())],
            timing: self.timing.clone(),
        }
    }

    /// Lowers the layers; `plan` has the parameters.
    pub(super) fn lower(&self, plan: &Plan) -> Plan {
        let turns = self.nodes.iter().filter_map(|&node| {
            let body = self.model.nodes[node].body.as_ref()?;
            Some((node, Rc::new(self.lower_turns(node, body, plan))))
        });
        let turns = turns.collect();
        let (inference, output) = self.lower_inference(plan, &turns);
        let training = self.lower_training(plan, &turns);
        let stepping = self.timing.as_ref().map(|timing| self.lower_step(plan, &turns, timing));
        let Plan { params, trained, state, .. } = plan.clone();
        Plan { params, trained, state, inference, output, training, stepping }
    }

    fn lower_turns(&self, node: usize, body: &Body, plan: &Plan) -> Turns {
        let within = plan.params.iter().filter(|param| body.nodes.contains(&param.node));
        let mut plan = Plan { params: within.cloned().collect(), ..plan.clone() };
        for param in &mut plan.params {
            param.turns.remove(0);
        }
        let plan = optimize(self.turns(node, body).lower(&plan));
        Turns { times: body.times, plan }
    }

    fn lower_inference(&self, plan: &Plan, turns: &AllTurns) -> (Program, Buf) {
        let mut program = Program::default();
        let mut sites = Sites::new(self, &plan.params, &mut program, Purpose::Inference);
        for &node in &self.nodes {
            sites.forward(node, turns, &mut program);
        }
        let output = sites.output(&mut program);
        (program, output)
    }

    /// The same at one time step, where every sequence is one of a single step.
    fn lower_step(&self, plan: &Plan, turns: &AllTurns, timing: &Timing) -> Stepping {
        let at_once = Part {
            model: self.model,
            nodes: self.nodes.clone(),
            of: self.of,
            input: self.input_at_once(timing),
            output: self.output_at_once(timing),
            ends: self.ends_at_once(timing),
            timing: Some(timing.clone()),
        };
        let mut program = Program::default();
        let mut sites = Sites::new(&at_once, &plan.params, &mut program, Purpose::Step);
        for &node in &self.nodes {
            sites.forward(node, turns, &mut program);
        }
        let output = sites.output(&mut program);
        let [sample, result] = self.model.step_shapes(timing);
        Stepping { program, output, sample, result }
    }

    fn input_at_once(&self, timing: &Timing) -> Shape {
        match self.of {
            Some(of) => timing.at_once(Source::Turn(of), &self.input),
            None if self.model.ports.is_empty() => timing.at_once(Source::Input, &self.input),
            None => self.model.step_shapes(timing)[0].clone(),
        }
    }

    fn output_at_once(&self, timing: &Timing) -> Shape {
        let lens = self.ends.iter().map(|(_, source, shape)| timing.at_once(*source, shape).len());
        Shape::flat(Dim::sum(lens))
    }

    fn ends_at_once(&self, timing: &Timing) -> Vec<(&'m str, Source, Shape)> {
        let ends = self.ends.iter();
        ends.map(|(name, source, shape)| (*name, *source, timing.at_once(*source, shape))).collect()
    }

    fn lower_training(&self, plan: &Plan, turns: &AllTurns) -> Training {
        let model = self.model;
        let mut program = Program::default();
        let mut sites = Sites::new(self, &plan.params, &mut program, Purpose::Training);
        for &node in &self.nodes {
            sites.forward(node, turns, &mut program);
        }
        let output = sites.output(&mut program);
        let forward = program.steps.len();
        let d_output = push_row(&mut program, "d_output", self.output.clone());
        let mut d_head = d_output;
        let mut head = forward;
        let mut gradients = Gradients::default();
        for (source, gradient) in sites.d_ends(d_output, &mut program) {
            gradients.0.entry(source).or_default().push(gradient);
        }
        for &index in self.nodes.iter().rev() {
            let node = &model.nodes[index];
            let site = sites.sites.get_mut(&index).expect("every layer has its forward steps");
            let dy = gradients.of(Source::Node(index), site, &mut program);
            site.head = model.head_of_several(index);
            let dx =
                node.layer.backward(&mut Lower::new(&mut program, site, Purpose::Training), dy);
            gradients.spread(node, site, dx);
            if self.of.is_none() && model.head_node() == Some(index) {
                head = program.steps.len();
                d_head = dx;
            }
        }
        let d_input = sites.d_input(&mut gradients, &mut program);
        let d_input = d_input.filter(|_| self.of.is_some() || model.part);
        Training { program, forward, head, deferred: 0, output, d_output, d_head, d_input }
    }
}

impl Part<'_> {
    fn is_sequence(&self, source: Source) -> bool {
        self.timing.as_ref().is_some_and(|timing| timing.is_sequence(source))
    }

    /// The shape that a program sees of a value.
    fn shape(&self, purpose: Purpose, source: Source, shape: &Shape) -> Shape {
        match &self.timing {
            Some(timing) if purpose == Purpose::Step => timing.at_once(source, shape),
            _ => shape.clone(),
        }
    }
}

/// The layers among `nodes` that are not within a `repeat` among them.
fn outermost(model: &Model, nodes: Range<usize>) -> Vec<usize> {
    let within = |node: usize| {
        let bodies = model.nodes[nodes.clone()].iter().filter_map(|node| node.body.as_ref());
        bodies.into_iter().any(|body| body.nodes.contains(&node))
    };
    nodes.clone().filter(|node| !within(*node)).collect()
}

/// The lowered turns of every `repeat` by its index.
type AllTurns = BTreeMap<usize, Rc<Turns>>;

/// The gradients of every value, one from each of its readers.
#[derive(Default)]
struct Gradients(BTreeMap<Source, Vec<Buf>>);

impl Gradients {
    /// Takes what the backward steps of a layer made.
    fn spread(&mut self, node: &Node, site: &NodeSite, dx: Buf) {
        let made = [Some(dx)].into_iter().chain(site.sent.iter().copied());
        for (source, gradient) in node.inputs.iter().zip(made) {
            self.0.entry(*source).or_default().extend(gradient);
        }
    }

    /// The gradient of a value: the sum of those from its readers, as steps of `site`.
    fn of(&mut self, source: Source, site: &NodeSite, program: &mut Program) -> Buf {
        let parts = self.0.remove(&source).unwrap_or_default();
        let (first, others) = parts.split_first().expect("every value is read");
        others.iter().fold(*first, |a, b| {
            let shape = program.buffers[a.0].shape.clone();
            let y = push_row(program, &format!("{}.dy", site.name), shape);
            let verb = Verb::Elementwise(Elementwise::Axpby { y, a, b: *b, alpha: 1.0, beta: 1.0 });
            program.steps.push(Step { verb, node: site.index, span: site.span, head: None });
            y
        })
    }
}

/// The nodes of a model as lowering goes over them, with the buffers each one sees.
struct Sites<'p> {
    part: &'p Part<'p>,
    purpose: Purpose,
    sites: BTreeMap<usize, NodeSite>,
    input: Buf,
    /// Several inputs.
    ports: Vec<Buf>,
    /// By index of [`Plan::params`]: the parameter, and its gradient in a training program.
    params: Vec<(Buf, Option<Buf>)>,
    /// By node: `(name, index into params)`.
    names: Vec<Vec<(&'static str, usize)>>,
}

impl<'p> Sites<'p> {
    fn new(
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

    fn forward(&mut self, index: usize, turns: &AllTurns, program: &mut Program) {
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
    fn output(&self, program: &mut Program) -> Buf {
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
    fn d_ends(&self, d: Buf, program: &mut Program) -> Vec<(Source, Buf)> {
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
    fn d_input(&self, gradients: &mut Gradients, program: &mut Program) -> Option<Buf> {
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
