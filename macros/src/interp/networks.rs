//! Networks that are layers of others, each by the plan of its own declaration.

use std::collections::BTreeMap;

use super::{Entry, Interpreter, Tape, memory::Memory, random::Stream};
use crate::{
    layer::network::Inner,
    plan::{Buf, Plan},
};

/// The networks that are layers, by the names of these.
pub(super) type Networks<'a> = BTreeMap<String, Interpreter<'a>>;

/// What stays of the networks that are layers, by the names of these and the number of the turn.
pub(super) type KeptOf = BTreeMap<(String, usize), Kept>;

/// What stays from one time step to the next, of a network and of those that are layers of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) own: Vec<f64>,
    pub(super) networks: KeptOf,
}

/// The output, as in inference.
pub(super) fn infer(memory: &Memory<'_>, inner: &Inner, x: Buf, params: &[Buf; 2]) -> Vec<f64> {
    let network = memory.network(inner);
    network.infer(&network.spread(&params.map(|buf| memory.read(buf)).concat()), &memory.read(x))
}

/// The output after one more time step.
pub(super) fn step(memory: &mut Memory<'_>, inner: &Inner, x: Buf, params: &[Buf; 2]) -> Vec<f64> {
    let place = (inner.name.clone(), memory.turn);
    let mut kept = memory.kept_of.remove(&place).unwrap_or_default();
    let network = memory.network(inner);
    let params = network.spread(&params.map(|buf| memory.read(buf)).concat());
    let y = network.step(&params, &mut kept, memory.time, &memory.read(x));
    memory.kept_of.insert(place, kept);
    y
}

/// The output, as in training, which stays for the gradients; the state may be moved.
pub(super) fn forward(
    memory: &mut Memory<'_>,
    inner: &Inner,
    x: Buf,
    params: &[Buf; 2],
    stream: Stream,
) -> Vec<f64> {
    let network = memory.network(inner);
    let values = network.spread(&params.map(|buf| memory.read(buf)).concat());
    let tape = network.forward(&values, &memory.read(x), stream);
    let moved = network.join(tape.params()).split_off(memory.len(params[0]));
    memory.write(params[1], moved);
    let y = tape.outputs();
    memory.tapes.insert(inner.name.clone(), tape);
    y
}

/// The gradients of the trained parameters, and of the input where its declaration yields it.
pub(super) fn backward(
    memory: &mut Memory<'_>,
    inner: &Inner,
    dy: Buf,
    [gradient, dx]: [Option<Buf>; 2],
) {
    let mut tape = memory.tapes.remove(&inner.name).expect("the network was run");
    tape.backward(Entry::Output, &memory.read(dy));
    let network = memory.network(inner);
    if let Some(gradient) = gradient {
        let mut gradients = network.join(tape.gradients());
        gradients.truncate(memory.len(gradient));
        memory.write(gradient, gradients);
    }
    if let Some((dx, d)) = dx.zip(tape.d_input()) {
        memory.write(dx, d);
    }
    memory.tapes.insert(inner.name.clone(), tape);
}

impl<'a> Interpreter<'a> {
    /// The same, where the layer `name` is a network.
    #[cfg(test)]
    pub(crate) fn with(mut self, name: &str, network: Interpreter<'a>) -> Self {
        let Plan { trained, state, .. } = network.plan;
        for (what, size) in [("TRAINED", trained), ("STATE", state)] {
            let symbol = format!("{}_{what}", name.to_uppercase());
            self.bindings.insert(symbol, size.eval(&network.bindings));
        }
        std::rc::Rc::make_mut(&mut self.networks).insert(name.to_owned(), network);
        self
    }

    /// The values of every parameter, out of an arena.
    pub(super) fn spread(&self, arena: &[f64]) -> Vec<Vec<f64>> {
        let places = self.plan.params.iter().map(|param| {
            let start = param.offset.eval(&self.bindings);
            start..start + param.whole_len().eval(&self.bindings)
        });
        places.map(|place| arena[place].to_vec()).collect()
    }

    /// The arena of these values, trained ones first.
    pub(super) fn join(&self, values: &[Vec<f64>]) -> Vec<f64> {
        let Plan { params, trained, state, .. } = self.plan;
        let mut arena = vec![0.0; trained.eval(&self.bindings) + state.eval(&self.bindings)];
        for (param, values) in params.iter().zip(values) {
            let start = param.offset.eval(&self.bindings);
            arena[start..start + values.len()].copy_from_slice(values);
        }
        arena
    }
}

impl Tape<'_> {
    /// The gradient of the input, where the declaration yields it.
    pub(super) fn d_input(&self) -> Option<Vec<f64>> {
        self.plan.training.d_input.map(|buf| self.memory.read(buf))
    }
}
