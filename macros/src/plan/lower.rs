//! Lowering: a checked model becomes two programs, node by node.

mod gradients;
mod network;
mod part;
mod repeat;
mod sites;

use std::rc::Rc;

use proc_macro2::Span;

use super::{Buf, Buffer, Layout, Plan, PlanParam, Program, Space, Step, Turns, Verb};
use crate::{
    model::{Model, Node},
    shape::{Dim, Shape},
};

/// Parameters and row buffers start at multiples of this many scalars: 64 bytes of `f32`.
pub(crate) const ALIGN: usize = 16;

/// The builder that layers append their steps to. It stands at one node at a time.
pub(crate) struct Lower<'a> {
    program: &'a mut Program,
    node: &'a mut NodeSite,
    purpose: Purpose,
}

/// What a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Inference,
    Training,
    /// One time step of inference.
    Step,
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
    /// The input over all time steps, which that of one step is part of.
    pub(crate) sequence: Shape,
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
    /// Of a `repeat`: its programs, and the parameters within, with their gradients.
    pub(crate) turns: Option<Rc<Turns>>,
    pub(crate) within: Vec<(Buf, Option<Buf>)>,
    /// The parameters by name, and their gradients where they are trained.
    pub(crate) params: Vec<(&'static str, Buf, Option<Buf>)>,
}

impl<'a> Lower<'a> {
    fn new(program: &'a mut Program, node: &'a mut NodeSite, purpose: Purpose) -> Self {
        Self { program, node, purpose }
    }

    /// Whether this is the training program; without it nothing is kept and dropout does nothing.
    pub(crate) fn training(&self) -> bool {
        self.purpose == Purpose::Training
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

    /// The input over all time steps, which that of one step is part of.
    pub(crate) fn sequence(&self) -> &Shape {
        &self.node.sequence
    }

    pub(crate) fn output(&self) -> &Shape {
        &self.node.output
    }

    /// The shape of a buffer.
    pub(crate) fn shape(&self, buf: Buf) -> &Shape {
        &self.program.buffers[buf.0].shape
    }

    /// A new row buffer of the output's shape: `y`, in the forward steps.
    pub(crate) fn new_y(&mut self) -> Buf {
        self.buffer("y", Space::Row, self.node.output.clone())
    }

    /// A new row buffer of the input's shape: `dx`, in the backward steps.
    pub(crate) fn new_dx(&mut self) -> Buf {
        self.buffer("dx", Space::Row, self.node.input.clone())
    }

    /// A new row buffer of another shape, for what lies between the steps of a layer.
    pub(crate) fn new_row(&mut self, name: &'static str, shape: Shape) -> Buf {
        self.buffer(name, Space::Row, shape)
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

    /// A new buffer of scalars that stay from one time step to the next; zero before the first.
    pub(crate) fn new_kept(&mut self, name: &'static str, shape: Shape) -> Buf {
        let (start, len) = (self.program.kept.clone(), shape.len());
        self.program.kept = Dim::sum([start.clone(), len.round_up(ALIGN)]);
        let buf = self.buffer(name, Space::Kept, shape);
        self.program.buffers[buf.0].offset = Some(start);
        buf
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
    pub(crate) fn push(&mut self, verb: impl Into<Verb>) {
        let NodeSite { index: node, span, head, .. } = *self.node;
        self.program.steps.push(Step { verb: verb.into(), node, span, head });
    }

    fn buffer(&mut self, name: &str, space: Space, shape: Shape) -> Buf {
        push(self.program, &format!("{}.{name}", self.node.name), space, shape)
    }
}

/// Lowers a checked model: parameters are placed, forward steps appended in order, backward steps in
/// reverse.
pub(crate) fn lower(model: &Model) -> Plan {
    let (params, trained, state) = place_params(model);
    part::Part::whole(model).lower(&Plan { params, trained, state, ..Plan::default() })
}

/// The layers with their indices, networks last: behind them nothing has a place of literal size.
fn literal_first(model: &Model) -> impl Iterator<Item = (usize, &Node)> {
    let of = |network: bool| {
        let nodes = model.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.layer.network().is_some() == network)
    };
    of(false).chain(of(true))
}

/// The parameters in the order of the arena: trained ones, then state and frozen ones, each on a
/// cache line of its own.
pub(crate) fn place_params(model: &Model) -> (Vec<PlanParam>, Dim, Dim) {
    let mut params: Vec<PlanParam> = Vec::new();
    let mut end = Dim::ZERO;
    let mut trained_end = Dim::ZERO;
    for trained in [true, false] {
        for (index, node) in literal_first(model) {
            for param in node.params.iter().filter(|p| (p.trained && !node.frozen) == trained) {
                params.push(PlanParam {
                    node: index,
                    name: param.name,
                    turns: node.turns.clone(),
                    shape: param.shape.clone(),
                    trained,
                    layout: Layout::Plain,
                    offset: end.clone(),
                });
                let whole = params.last().map_or(Dim::ZERO, PlanParam::whole_len);
                end = Dim::sum([end, whole.round_up(ALIGN)]);
            }
        }
        if trained {
            trained_end = end.clone();
        }
    }
    let state = params.iter().filter(|p| !p.trained).map(|p| p.whole_len().round_up(ALIGN));
    (params.clone(), trained_end, Dim::sum(state))
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
