//! The memory of one run: the arenas as the plan lays them out, a private place for every buffer
//! where it does not yet. Memory that was never written reads as NaN.

use std::{collections::BTreeMap, ops::Range, rc::Rc};

use super::{
    Interpreter, Tape,
    networks::{KeptOf, Networks},
};
use crate::{
    layer::network::Inner,
    plan::{Buf, Program, STREAMS, Space, lower::Purpose},
    shape::{Bindings, Dim},
};

pub(super) struct Memory<'a> {
    program: &'a Program,
    bindings: Bindings,
    pub(super) samples: usize,
    inputs: Vec<f64>,
    /// Rows, fixed, index, kept; a row or index buffer at `offset` starts at `offset * samples`.
    arenas: [Vec<f64>; 4],
    /// Where every buffer of an arena starts, in one sample's share.
    offsets: Vec<usize>,
    pub(super) params: Vec<Vec<f64>>,
    pub(super) gradients: Vec<Vec<f64>>,
    /// Which of the programs it is of.
    pub(super) purpose: Purpose,
    /// The number of time steps before.
    pub(super) time: usize,
    /// The number of the turn among those of all `repeat` around it.
    pub(super) turn: usize,
    /// What the turns of every `repeat` computed, by the buffer of their rows.
    pub(super) turns: BTreeMap<Buf, Vec<Memory<'a>>>,
    /// The networks that are layers.
    pub(super) networks: Rc<Networks<'a>>,
    /// What they computed, by the names of the layers, and what stays of them until the next time step.
    pub(super) tapes: BTreeMap<String, Tape<'a>>,
    pub(super) kept_of: KeptOf,
}

impl<'a> Memory<'a> {
    pub(super) fn new(
        program: &'a Program,
        bindings: &Bindings,
        params: &[Vec<f64>],
        inputs: &[f64],
    ) -> Self {
        let samples = samples(program, bindings, inputs);
        let (offsets, [rows, fixed, index, kept]) = places(program, bindings);
        let lengths = [rows * samples, fixed, index * samples];
        let [rows, fixed, index] = lengths.map(|len| vec![f64::NAN; len]);
        Self {
            program,
            bindings: bindings.clone(),
            samples,
            inputs: inputs.to_vec(),
            arenas: [rows, fixed, index, vec![0.0; kept]],
            offsets,
            params: params.to_vec(),
            gradients: params.iter().map(|param| vec![f64::NAN; param.len()]).collect(),
            purpose: Purpose::Inference,
            time: 0,
            turn: 0,
            turns: BTreeMap::new(),
            networks: Rc::default(),
            tapes: BTreeMap::new(),
            kept_of: BTreeMap::new(),
        }
    }

    /// The random stream of a layer: every turn has its own.
    pub(super) fn layer(&self, layer: usize) -> usize {
        layer + self.turn * STREAMS
    }

    /// A memory for another program over the same symbols.
    pub(super) fn within(
        &self,
        program: &'a Program,
        params: &[Vec<f64>],
        inputs: &[f64],
    ) -> Memory<'a> {
        let (purpose, time, networks) = (self.purpose, self.time, Rc::clone(&self.networks));
        Memory { purpose, time, networks, ..Memory::new(program, &self.bindings, params, inputs) }
    }

    /// The network that is a layer.
    pub(super) fn network(&self, inner: &Inner) -> Interpreter<'a> {
        let network = self.networks.get(&inner.name);
        network.expect("the plan of a network that is a layer is given with that around it").clone()
    }

    /// The index of the parameter that a buffer is.
    pub(super) fn param(&self, buf: Buf) -> Option<usize> {
        match self.program.buffers[buf.0].space {
            Space::Param(param) => Some(param),
            _ => None,
        }
    }

    pub(super) fn eval(&self, dim: &Dim) -> usize {
        dim.eval(&self.bindings)
    }

    /// All that is kept from one time step to the next.
    pub(super) fn kept(&mut self) -> &mut Vec<f64> {
        &mut self.arenas[3]
    }

    /// The contents of a buffer, of all samples where it has them.
    pub(super) fn read(&self, buf: Buf) -> Vec<f64> {
        let range = self.range(buf);
        match self.program.buffers[buf.0].space {
            Space::Input => self.inputs.clone(),
            Space::Param(param) => self.params[param].clone(),
            Space::Gradient(param) => self.gradients[param].clone(),
            Space::Row => self.arenas[0][range].to_vec(),
            Space::Fixed => self.arenas[1][range].to_vec(),
            Space::Index => self.arenas[2][range].to_vec(),
            Space::Kept => self.arenas[3][range].to_vec(),
        }
    }

    pub(super) fn write(&mut self, buf: Buf, values: Vec<f64>) {
        let range = self.range(buf);
        let place = match self.program.buffers[buf.0].space {
            Space::Input => unreachable!("a well-formed plan does not write the input"),
            Space::Param(param) => &mut self.params[param][..],
            Space::Gradient(param) => &mut self.gradients[param][..],
            Space::Row => &mut self.arenas[0][range],
            Space::Fixed => &mut self.arenas[1][range],
            Space::Index => &mut self.arenas[2][range],
            Space::Kept => &mut self.arenas[3][range],
        };
        place.copy_from_slice(&values);
    }

    /// The scalars of a buffer, of all samples where it has them.
    pub(super) fn len(&self, buf: Buf) -> usize {
        self.range(buf).len()
    }

    fn range(&self, buf: Buf) -> Range<usize> {
        let buffer = &self.program.buffers[buf.0];
        let (start, len) = (self.offsets[buf.0], self.eval(&buffer.shape.len()));
        match buffer.space {
            Space::Row | Space::Index | Space::Input => {
                start * self.samples..(start + len) * self.samples
            }
            Space::Fixed | Space::Kept | Space::Param(_) | Space::Gradient(_) => start..start + len,
        }
    }
}

fn samples(program: &Program, bindings: &Bindings, inputs: &[f64]) -> usize {
    let input = program.buffers.iter().find(|buffer| buffer.space == Space::Input);
    let len = input.expect("a program has an input").shape.len().eval(bindings);
    assert_eq!(inputs.len() % len, 0, "{} scalars are not samples of {len}", inputs.len());
    inputs.len() / len
}

/// Where buffers start, and the sizes of the arenas.
fn places(program: &Program, bindings: &Bindings) -> (Vec<usize>, [usize; 4]) {
    let mut ends = [0; 4];
    let mut offsets = Vec::new();
    for buffer in &program.buffers {
        let arena = match buffer.space {
            Space::Row => 0,
            Space::Fixed => 1,
            Space::Index => 2,
            Space::Kept => 3,
            Space::Input | Space::Param(_) | Space::Gradient(_) => {
                offsets.push(0);
                continue;
            }
        };
        let placed = buffer.offset.as_ref().map(|offset| offset.eval(bindings));
        offsets.push(placed.unwrap_or(ends[arena]));
        ends[arena] += buffer.shape.len().eval(bindings);
    }
    if let Some(sizes) = &program.sizes {
        let sizes = sizes.iter().map(|size| size.eval(bindings));
        ends.iter_mut().zip(sizes).for_each(|(end, size)| *end = size);
    }
    ends[3] = program.kept.eval(bindings);
    (offsets, ends)
}
