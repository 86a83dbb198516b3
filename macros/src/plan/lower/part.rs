//! A part of a model becomes two programs, node by node.

use std::{collections::BTreeMap, ops::Range, rc::Rc};

use super::{Lower, Purpose, gradients::Gradients, push_row, sites::Sites};
use crate::{
    model::{Body, Model, Source, Timing},
    plan::{Buf, Plan, Program, Stepping, Training, Turns, optimize::optimize},
    shape::{Dim, Shape},
};

/// Layers that are one program: the network, or the turns of a `repeat`.
pub(super) struct Part<'m> {
    pub(super) model: &'m Model,
    /// The layers by index, without those of a `repeat` within.
    nodes: Vec<usize>,
    /// The `repeat` whose turns it is.
    pub(super) of: Option<usize>,
    pub(super) input: Shape,
    pub(super) output: Shape,
    /// Where the outputs come from, with their shapes.
    pub(super) ends: Vec<(&'m str, Source, Shape)>,
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
    pub(super) fn is_sequence(&self, source: Source) -> bool {
        self.timing.as_ref().is_some_and(|timing| timing.is_sequence(source))
    }

    /// The shape that a program sees of a value.
    pub(super) fn shape(&self, purpose: Purpose, source: Source, shape: &Shape) -> Shape {
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
pub(super) type AllTurns = BTreeMap<usize, Rc<Turns>>;
