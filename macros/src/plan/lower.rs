//! Lowering: a checked model becomes two programs, node by node.

use proc_macro2::Span;

use super::{Buf, Buffer, Layout, Program, Space, Step, Verb};
use crate::shape::Shape;

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
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// The input; in the backward pass the forward pass's.
    pub(crate) x: Buf,
    /// The output, in the backward pass.
    pub(crate) y: Option<Buf>,
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
        self.program.steps.push(Step { verb, node: self.node.index, span: self.node.span });
    }

    fn buffer(&mut self, name: &str, space: Space, shape: Shape) -> Buf {
        self.program.buffers.push(Buffer {
            name: format!("{}.{name}", self.node.name),
            space,
            shape,
            layout: Layout::Plain,
            offset: None,
        });
        Buf(self.program.buffers.len() - 1)
    }
}
