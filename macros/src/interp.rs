//! The interpreter: what every verb means, in `f64` and plain loops.
//!
//! It runs a plan before or after any pass, in the memory that the plan lays out, so that layers
//! are differentiated numerically and passes compared without compiling an expansion.

mod attention;
mod combine;
mod conv;
#[cfg(test)]
mod gradient;
mod group_norm;
mod memory;
mod moves;
mod networks;
mod norm;
mod pointwise;
mod pool;
mod random;
mod recurrent;
mod repeat;
mod time;
mod verbs;

#[cfg(test)]
pub(crate) use gradient::gradient_check;
pub(crate) use random::{Stream, uniform};

use std::rc::Rc;

use crate::{
    plan::{Plan, PlanParam, Program, Step, Verb, lower::Purpose},
    shape::Bindings,
};
use memory::Memory;
use networks::{Kept, Networks};

/// Runs a plan with its symbols bound.
#[derive(Clone)]
pub(crate) struct Interpreter<'a> {
    plan: &'a Plan,
    bindings: Bindings,
    networks: Rc<Networks<'a>>,
}

/// Where the gradient of a loss enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// At the output.
    Output,
    /// At the input of the head, whose backward steps are skipped.
    Head,
}

/// What stays from one time step to the next.
#[cfg(test)]
pub(crate) struct Steps<'a> {
    interpreter: &'a Interpreter<'a>,
    params: Vec<Vec<f64>>,
    kept: Kept,
    time: usize,
}

#[cfg(test)]
impl Steps<'_> {
    /// The output after one more time step of the input.
    pub(crate) fn step(&mut self, sample: &[f64]) -> Vec<f64> {
        let y = self.interpreter.step(&self.params, &mut self.kept, self.time, sample);
        self.time += 1;
        y
    }
}

/// A training pass: all buffers, parameters and gradients.
pub(crate) struct Tape<'a> {
    memory: Memory<'a>,
    plan: &'a Plan,
    stream: Stream,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(plan: &'a Plan, bindings: Bindings) -> Self {
        Self { plan, bindings, networks: Rc::default() }
    }

    fn memory(&self, program: &'a Program, params: &[Vec<f64>], inputs: &[f64]) -> Memory<'a> {
        let mut memory = Memory::new(program, &self.bindings, params, inputs);
        memory.networks = Rc::clone(&self.networks);
        memory
    }

    /// The outputs for `inputs`, any number of samples one after the other; `params` are the values
    /// of [`Plan::params`], row-major.
    pub(crate) fn infer(&self, params: &[Vec<f64>], inputs: &[f64]) -> Vec<f64> {
        let plan = self.plan;
        let mut memory = self.memory(&plan.inference, params, inputs);
        let stream = Stream { seed: 0, step: 0 };
        run(&mut memory, &plan.inference.steps, stream);
        memory.read(self.plan.output)
    }

    /// A sequence that is computed time step by time step.
    #[cfg(test)]
    pub(crate) fn steps(&self, params: &[Vec<f64>]) -> Steps<'_> {
        Steps { interpreter: self, params: params.to_vec(), kept: Kept::default(), time: 0 }
    }

    /// The output of one time step, before which were so many.
    fn step(&self, params: &[Vec<f64>], kept: &mut Kept, time: usize, sample: &[f64]) -> Vec<f64> {
        let stepping = self.plan.step_program();
        let mut memory = self.memory(&stepping.program, params, sample);
        (memory.purpose, memory.time) = (Purpose::Step, time);
        memory.kept_of = std::mem::take(&mut kept.networks);
        if time > 0 {
            memory.kept().clone_from(&kept.own);
        }
        run(&mut memory, &stepping.program.steps, Stream { seed: 0, step: 0 });
        kept.own.clone_from(memory.kept());
        kept.networks = std::mem::take(&mut memory.kept_of);
        memory.read(stepping.output)
    }

    /// The forward steps of training.
    pub(crate) fn forward(&self, params: &[Vec<f64>], inputs: &[f64], stream: Stream) -> Tape<'a> {
        let training = &self.plan.training;
        let mut memory = self.memory(&training.program, params, inputs);
        memory.purpose = Purpose::Training;
        run(&mut memory, &training.program.steps[..training.forward], stream);
        Tape { memory, plan: self.plan, stream }
    }
}

impl Tape<'_> {
    /// The outputs of all samples.
    pub(crate) fn outputs(&self) -> Vec<f64> {
        self.memory.read(self.plan.training.output)
    }

    /// The backward steps, from the gradient of a loss.
    pub(crate) fn backward(&mut self, entry: Entry, gradient: &[f64]) {
        let training = &self.plan.training;
        let (seam, first) = match entry {
            Entry::Output => (training.d_output, training.forward),
            Entry::Head => (training.d_head, training.head),
        };
        self.memory.write(seam, gradient.to_vec());
        for step in &training.program.steps[first..] {
            match step.head.filter(|_| entry == Entry::Head) {
                Some(_) => pass_on(&mut self.memory, &step.verb),
                None => verbs::run(&mut self.memory, &step.verb, self.stream),
            }
        }
    }

    /// The parameters, running statistics moved.
    pub(crate) fn params(&self) -> &[Vec<f64>] {
        &self.memory.params
    }

    /// The gradients by parameter; `NaN` where none was computed.
    pub(crate) fn gradients(&self) -> &[Vec<f64>] {
        &self.memory.gradients
    }
}

/// The step of a head that is skipped: its gradient is that of the head's input already.
fn pass_on(memory: &mut Memory<'_>, verb: &Verb) {
    let dy = memory.read(verb.reads()[0]);
    memory.write(verb.writes()[0], dy);
}

fn run<'a>(memory: &mut Memory<'a>, steps: &'a [Step], stream: Stream) {
    for step in steps {
        verbs::run(memory, &step.verb, stream);
    }
}

/// Values of the parameters for checks: from -1 to 1, variances positive.
pub(crate) fn sample_params(plan: &Plan, bindings: &Bindings) -> Vec<Vec<f64>> {
    let param = |(index, param): (usize, &PlanParam)| {
        let values = uniform(param.whole_len().eval(bindings), index as u64 + 1);
        let positive = param.name == "var";
        values.into_iter().map(|v| if positive { v.abs() + 0.5 } else { v }).collect()
    };
    plan.params.iter().enumerate().map(param).collect()
}

#[cfg(test)]
mod tests;
