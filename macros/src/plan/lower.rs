//! Lowering: a checked model becomes two programs, node by node.

use std::collections::BTreeMap;

use proc_macro2::Span;

use super::{Buf, Buffer, Layout, Plan, PlanParam, Program, Space, Step, Training, Verb};
use crate::{
    model::{Model, Node, Source},
    shape::{Dim, Shape},
};

/// Parameters and row buffers start at multiples of this many scalars: 64 bytes of `f32`.
pub(crate) const ALIGN: usize = 16;

/// The builder that layers append their steps to. It stands at one node at a time.
pub(crate) struct Lower<'a> {
    program: &'a mut Program,
    node: &'a mut NodeSite,
    training: bool,
}

/// The node a builder stands at, with the buffers its layer sees.
pub(crate) struct NodeSite {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) frozen: bool,
    /// The output whose head it is, of several, in the backward pass.
    pub(crate) head: Option<usize>,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// The input; in the backward pass the forward pass's.
    pub(crate) x: Buf,
    /// The output, in the backward pass.
    pub(crate) y: Option<Buf>,
    /// The other values that it reads, and their shapes.
    pub(crate) wires: Vec<(Buf, Shape)>,
    /// The gradients of these, from the backward steps.
    pub(crate) sent: Vec<Option<Buf>>,
    /// What the forward steps computed on the way to the output, by number.
    pub(crate) stages: Vec<Buf>,
    /// Further buffers that the forward steps made and the backward steps need, by name.
    pub(crate) kept: Vec<(&'static str, Buf)>,
    /// The parameters by name, and their gradients where they are trained.
    pub(crate) params: Vec<(&'static str, Buf, Option<Buf>)>,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(program: &'a mut Program, node: &'a mut NodeSite, training: bool) -> Self {
        Self { program, node, training }
    }

    /// Whether this is the training program; without it nothing is kept and dropout does nothing.
    pub(crate) fn training(&self) -> bool {
        self.training
    }

    /// Whether the layer is frozen: its parameters have no gradients and batch norm keeps its statistics.
    pub(crate) fn frozen(&self) -> bool {
        self.node.frozen
    }

    /// The index of the layer, which names its random stream.
    pub(crate) fn layer_index(&self) -> usize {
        self.node.index
    }

    /// The input of the layer.
    pub(crate) fn x(&self) -> Buf {
        self.node.x
    }

    /// The output of the layer, in its backward steps.
    pub(crate) fn y(&self) -> Buf {
        self.node.y.expect("a layer has its output in the backward pass")
    }

    /// The values that the layer reads besides its input, and their shapes.
    pub(crate) fn wires(&self) -> &[(Buf, Shape)] {
        &self.node.wires
    }

    /// Hands over the gradient of a wire.
    pub(crate) fn send(&mut self, wire: usize, gradient: Buf) {
        self.node.sent[wire] = Some(gradient);
    }

    /// Remembers a value on the way to the output.
    pub(crate) fn keep_stage(&mut self, buf: Buf) {
        self.node.stages.push(buf);
    }

    /// Such a value, by number.
    pub(crate) fn stage(&self, number: usize) -> Buf {
        self.node.stages[number]
    }

    pub(crate) fn input(&self) -> &Shape {
        &self.node.input
    }

    pub(crate) fn output(&self) -> &Shape {
        &self.node.output
    }

    /// A new row buffer of the output's shape: `y`, in the forward steps.
    pub(crate) fn new_y(&mut self) -> Buf {
        self.buffer("y", Space::Row, self.node.output.clone())
    }

    /// A new row buffer of the input's shape: `dx`, in the backward steps.
    pub(crate) fn new_dx(&mut self) -> Buf {
        self.buffer("dx", Space::Row, self.node.input.clone())
    }

    /// A new row buffer of the shape of a wire, in the backward steps.
    pub(crate) fn new_dwire(&mut self, wire: usize) -> Buf {
        let shape = self.node.wires[wire].1.clone();
        self.buffer(&format!("dwire{}", wire + 1), Space::Row, shape)
    }

    /// A new buffer of bytes for every sample.
    pub(crate) fn new_index(&mut self, name: &'static str, shape: Shape) -> Buf {
        self.buffer(name, Space::Index, shape)
    }

    /// A new buffer of scalars for the whole batch.
    pub(crate) fn new_fixed(&mut self, name: &'static str, shape: Shape) -> Buf {
        self.buffer(name, Space::Fixed, shape)
    }

    /// Remembers a buffer of the forward steps for the backward steps.
    pub(crate) fn keep(&mut self, name: &'static str, buf: Buf) {
        self.node.kept.push((name, buf));
    }

    /// A buffer that the forward steps kept.
    pub(crate) fn kept(&self, name: &'static str) -> Buf {
        let found = self.node.kept.iter().find(|(kept, _)| *kept == name);
        found.expect("the forward steps kept it").1
    }

    /// A parameter of the layer.
    pub(crate) fn param(&self, name: &'static str) -> Buf {
        self.param_entry(name).1
    }

    /// Where the gradient of a parameter goes; `None` where it is frozen or state.
    pub(crate) fn grad(&self, name: &'static str) -> Option<Buf> {
        self.param_entry(name).2
    }

    fn param_entry(&self, name: &'static str) -> (&'static str, Buf, Option<Buf>) {
        let found = self.node.params.iter().find(|(param, ..)| *param == name);
        *found.expect("a layer asks for parameters that it declared")
    }

    /// Appends a step.
    pub(crate) fn push(&mut self, verb: Verb) {
        let NodeSite { index: node, span, head, .. } = *self.node;
        self.program.steps.push(Step { verb, node, span, head });
    }

    fn buffer(&mut self, name: &str, space: Space, shape: Shape) -> Buf {
        push(self.program, &format!("{}.{name}", self.node.name), space, shape)
    }
}

/// Lowers a checked model: parameters are placed, forward steps appended in order, backward steps in
/// reverse.
pub(crate) fn lower(model: &Model) -> Plan {
    let (params, trained, state) = place_params(model);
    let (inference, output) = lower_inference(model, &params);
    let training = lower_training(model, &params);
    Plan { params, trained, state, inference, output, training }
}

/// The parameters in the order of the arena: trained ones, then state and frozen ones, each on a
/// cache line of its own.
pub(crate) fn place_params(model: &Model) -> (Vec<PlanParam>, Dim, Dim) {
    let mut params = Vec::new();
    let mut end = Dim::ZERO;
    let mut trained_end = Dim::ZERO;
    for trained in [true, false] {
        for (index, node) in model.nodes.iter().enumerate() {
            for param in node.params.iter().filter(|p| (p.trained && !node.frozen) == trained) {
                params.push(PlanParam {
                    node: index,
                    name: param.name,
                    shape: param.shape.clone(),
                    trained,
                    layout: Layout::Plain,
                    offset: end.clone(),
                });
                end = Dim::sum([end, param.shape.len().round_up(ALIGN)]);
            }
        }
        if trained {
            trained_end = end.clone();
        }
    }
    let state = params.iter().filter(|p| !p.trained).map(|p| p.shape.len().round_up(ALIGN));
    (params.clone(), trained_end, Dim::sum(state))
}

fn lower_inference(model: &Model, params: &[PlanParam]) -> (Program, Buf) {
    let mut program = Program::default();
    let mut sites = Sites::new(model, params, &mut program, false);
    for (index, node) in model.nodes.iter().enumerate() {
        sites.forward(index, node, &mut program, false);
    }
    let output = sites.output(model, &mut program);
    (program, output)
}

fn lower_training(model: &Model, params: &[PlanParam]) -> Training {
    let mut program = Program::default();
    let mut sites = Sites::new(model, params, &mut program, true);
    for (index, node) in model.nodes.iter().enumerate() {
        sites.forward(index, node, &mut program, true);
    }
    let output = sites.output(model, &mut program);
    let forward = program.steps.len();
    let d_output = push_row(&mut program, "d_output", model.output.clone());
    let mut d_head = d_output;
    let mut head = forward;
    let mut gradients = Gradients::default();
    for (source, gradient) in sites.d_ends(model, d_output, &mut program) {
        gradients.0.entry(source).or_default().push(gradient);
    }
    for (index, node) in model.nodes.iter().enumerate().rev() {
        let site = &mut sites.sites[index];
        let dy = gradients.of(Source::Node(index), site, &mut program);
        site.head = model.head_of_several(index);
        let dx = node.layer.backward(&mut Lower::new(&mut program, site, true), dy);
        gradients.spread(node, site, dx);
        if model.head_node() == Some(index) {
            head = program.steps.len();
            d_head = dx;
        }
    }
    sites.d_input(model, &mut gradients, &mut program);
    Training { program, forward, head, output, d_output, d_head }
}

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
            let verb = Verb::Axpby { y, a, b: *b, alpha: 1.0, beta: 1.0 };
            program.steps.push(Step { verb, node: site.index, span: site.span, head: None });
            y
        })
    }
}

/// The nodes of a model as lowering goes over them, with the buffers each one sees.
struct Sites {
    sites: Vec<NodeSite>,
    input: Buf,
    /// Several inputs.
    ports: Vec<Buf>,
    /// By index of [`Plan::params`]: the parameter, and its gradient in a training program.
    params: Vec<(Buf, Option<Buf>)>,
    /// By node: `(name, index into params)`.
    names: Vec<Vec<(&'static str, usize)>>,
}

impl Sites {
    fn new(model: &Model, params: &[PlanParam], program: &mut Program, training: bool) -> Self {
        let input = push(program, "input", Space::Input, model.input.clone());
        let mut bufs = Vec::new();
        let mut names = vec![Vec::new(); model.nodes.len()];
        for (index, param) in params.iter().enumerate() {
            let name = format!("{}.{}", model.nodes[param.node].name, param.name);
            let buf = push(program, &name, Space::Param(index), param.shape.clone());
            let gradient = (training && param.trained).then(|| {
                let name = format!("{}.d{}", model.nodes[param.node].name, param.name);
                push(program, &name, Space::Gradient(index), param.shape.clone())
            });
            bufs.push((buf, gradient));
            names[param.node].push((param.name, index));
        }
        let ports = split_input(model, input, program);
        Self { sites: Vec::new(), input, ports, params: bufs, names }
    }

    fn forward(&mut self, index: usize, node: &Node, program: &mut Program, training: bool) {
        let x = self.value(node.inputs[0]);
        let wires = node.inputs[1..].iter().map(|source| self.value(*source));
        let wires: Vec<_> = wires.zip(node.wires.iter().cloned()).collect();
        let params = self.names[index].iter().map(|&(name, param)| {
            let (buf, gradient) = self.params[param];
            (name, buf, gradient)
        });
        let mut site = NodeSite {
            index,
            name: node.name.clone(),
            span: node.span,
            frozen: node.frozen,
            head: None,
            input: node.input.clone(),
            output: node.output.clone(),
            x,
            y: None,
            sent: vec![None; wires.len()],
            wires,
            stages: Vec::new(),
            kept: Vec::new(),
            params: params.collect(),
        };
        let y = node.layer.forward(&mut Lower::new(program, &mut site, training));
        site.y = Some(y);
        self.sites.push(site);
    }

    fn value(&self, source: Source) -> Buf {
        match source {
            Source::Input => self.input,
            Source::Port(port) => self.ports[port],
            Source::Node(node) => self.sites[node].y.expect("nodes come after their inputs"),
        }
    }

    /// The output: several side by side, and one copied where it would be the caller's input itself.
    fn output(&self, model: &Model, program: &mut Program) -> Buf {
        let values: Vec<Buf> = model.ends.iter().map(|end| self.value(end.source)).collect();
        if let [value] = values[..]
            && value != self.input
        {
            return value;
        }
        let y = push_row(program, "output", model.output.clone());
        let verb = match values[..] {
            [x] => Verb::Copy { y, x },
            _ => {
                let widths = model.ends.iter().map(|end| end.shape.len());
                Verb::Concat { y, parts: values.into_iter().zip(widths).collect() }
            }
        };
        program.steps.push(self.last_step(verb));
        y
    }

    /// The gradients of the outputs: parts of one where there are several.
    fn d_ends(&self, model: &Model, d: Buf, program: &mut Program) -> Vec<(Source, Buf)> {
        if let [end] = &model.ends[..] {
            return vec![(end.source, d)];
        }
        let (width, mut start) = (model.output.len(), Dim::ZERO);
        let mut parts = Vec::new();
        for end in &model.ends {
            let n = end.shape.len();
            let y = push_row(program, &format!("d_output.{}", end.name), end.shape.clone());
            let from = start.clone();
            start = Dim::sum([start, n.clone()]);
            let verb = Verb::Split { y, x: d, width: width.clone(), start: from, n };
            program.steps.push(self.last_step(verb));
            parts.push((end.source, y));
        }
        parts
    }

    /// The gradient of the input, which is dead unless something asks for it.
    fn d_input(&self, model: &Model, gradients: &mut Gradients, program: &mut Program) {
        let Some(first) = self.sites.first() else { return };
        if model.ports.is_empty() {
            gradients.of(Source::Input, first, program);
            return;
        }
        let parts = model.ports.iter().enumerate().map(|(index, port)| {
            (gradients.of(Source::Port(index), first, program), port.shape.len())
        });
        let parts = parts.collect();
        let y = push_row(program, "d_input", model.input.clone());
        let verb = Verb::Concat { y, parts };
        program.steps.push(Step { verb, node: 0, span: first.span, head: None });
    }

    fn last_step(&self, verb: Verb) -> Step {
        let (node, span) = self.sites.last().map_or((0, Span::call_site()), |s| (s.index, s.span));
        Step { verb, node, span, head: None }
    }
}

/// The parts of the caller's input, where there are several.
fn split_input(model: &Model, x: Buf, program: &mut Program) -> Vec<Buf> {
    let (width, mut start) = (model.input.len(), Dim::ZERO);
    let mut ports = Vec::new();
    for port in &model.ports {
        let y = push_row(program, &port.name, port.shape.clone());
        let (from, n) = (start.clone(), port.shape.len());
        start = Dim::sum([start, n.clone()]);
        let verb = Verb::Split { y, x, width: width.clone(), start: from, n };
        program.steps.push(Step { verb, node: 0, span: port.span, head: None });
        ports.push(y);
    }
    ports
}

fn push_row(program: &mut Program, name: &str, shape: Shape) -> Buf {
    push(program, name, Space::Row, shape)
}

/// A new buffer; a name that is taken gets a number.
fn push(program: &mut Program, name: &str, space: Space, shape: Shape) -> Buf {
    let taken = |name: &str| program.buffers.iter().any(|buffer| buffer.name == name);
    let mut names = [name.to_owned()].into_iter().chain((2..).map(|n| format!("{name}{n}")));
    let name = names.find(|name| !taken(name)).expect("there are names enough");
    program.buffers.push(Buffer { name, space, shape, layout: Layout::Plain, offset: None });
    Buf(program.buffers.len() - 1)
}
