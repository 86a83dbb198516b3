//! The passes over a plan, in this order: fuse epilogues, drop dead steps, fuse poolings, filter by
//! tiles, chain small dense layers, chain small causal ones, defer large gradients, work in place, share
//! buffers.

mod chain_causal;
mod chain_dense;
mod defer;
mod drop_dead;
mod fuse_epilogue;
mod fuse_pool;
mod in_place;
mod share_buffers;
mod winograd;

use std::collections::BTreeSet;

use super::{Buf, Plan, Program, Stepping, Verb, liveness::Caller, verify::verify};

/// A plan that computes the same in fewer steps and less memory, its memory laid out.
pub(crate) fn optimize(plan: Plan) -> Plan {
    let passes = [
        fuse_epilogue::fuse_epilogue,
        drop_dead::drop_dead,
        fuse_pool::fuse_pool,
        winograd::winograd,
        chain_dense::chain_dense,
        chain_causal::chain_causal,
        defer::defer,
        in_place::in_place,
        share_buffers::share_buffers,
    ];
    passes.into_iter().fold(plan, |plan, pass| {
        let plan = pass(plan);
        if cfg!(any(test, feature = "testing")) {
            assert_eq!(verify(&plan), Ok(()));
        }
        plan
    })
}

/// One of the programs, with what the plan says of it and a pass has to keep true.
struct Unit<'a> {
    program: &'a mut Program,
    /// Numbers of steps: `forward` and `head` of training.
    marks: Vec<&'a mut usize>,
    output: &'a mut Buf,
    /// `d_output` and `d_head` of training.
    seam: Vec<&'a mut Buf>,
    /// `d_input` of training.
    d_input: Option<&'a mut Buf>,
    /// `deferred` of training.
    deferred: usize,
}

fn inference(plan: &mut Plan) -> Unit<'_> {
    Unit {
        program: &mut plan.inference,
        marks: Vec::new(),
        output: &mut plan.output,
        seam: Vec::new(),
        d_input: None,
        deferred: 0,
    }
}

fn training(plan: &mut Plan) -> Unit<'_> {
    let training = &mut plan.training;
    Unit {
        program: &mut training.program,
        marks: vec![&mut training.forward, &mut training.head],
        output: &mut training.output,
        seam: vec![&mut training.d_output, &mut training.d_head],
        d_input: training.d_input.as_mut(),
        deferred: training.deferred,
    }
}

/// Applies a pass to every program.
fn each_program(mut plan: Plan, pass: fn(&mut Unit<'_>)) -> Plan {
    pass(&mut inference(&mut plan));
    pass(&mut training(&mut plan));
    if let Some(stepping) = &mut plan.stepping {
        pass(&mut step(stepping));
    }
    plan
}

/// The program of one time step.
fn step(stepping: &mut Stepping) -> Unit<'_> {
    Unit {
        program: &mut stepping.program,
        marks: Vec::new(),
        output: &mut stepping.output,
        seam: Vec::new(),
        d_input: None,
        deferred: 0,
    }
}

/// The most layers of a chain: as many as its kernels have a place for.
const LONGEST: usize = 8;

/// Output, input and layers of a step.
type Link<L> = (Buf, Buf, Vec<L>);

/// Makes one step of every two that follow each other and are links of a chain, where nothing else
/// reads what lies between.
fn chain<L>(
    unit: &mut Unit<'_>,
    link: impl Fn(&Verb) -> Option<Link<L>>,
    joined: impl Fn(Buf, Buf, Vec<L>) -> Verb,
) {
    let mut at = 0;
    while at + 1 < unit.program.steps.len() {
        match join(unit, at, &link) {
            Some((y, x, layers)) => {
                unit.program.steps[at].verb = joined(y, x, layers);
                unit.remove(&BTreeSet::from([at + 1]));
            }
            None => at += 1,
        }
    }
}

/// The step at `at` and the next as one link; `None` if they must stay apart.
fn join<L>(
    unit: &Unit<'_>,
    at: usize,
    link: &impl Fn(&Verb) -> Option<Link<L>>,
) -> Option<Link<L>> {
    let steps = &unit.program.steps;
    let (a, x, mut layers) = link(&steps[at].verb)?;
    let (y, from, more) = link(&steps[at + 1].verb)?;
    let read_later = steps[at + 2..].iter().any(|step| step.verb.reads().contains(&a));
    let fits = layers.len() + more.len() <= LONGEST;
    if from != a || read_later || *unit.output == a || !fits {
        return None;
    }
    layers.extend(more);
    Some((y, x, layers))
}

impl Unit<'_> {
    fn caller(&self) -> Caller {
        let turn = self.marks.first().map_or(self.program.steps.len(), |forward| **forward);
        let writes = self.seam.iter().map(|buf| **buf).collect();
        let d_input = self.d_input.as_deref().copied();
        Caller { output: *self.output, turn, writes, d_input, deferred: self.deferred }
    }

    /// Removes steps, and moves the marks along.
    fn remove(&mut self, dead: &BTreeSet<usize>) {
        for mark in &mut self.marks {
            **mark -= dead.range(..**mark).count();
        }
        let mut index = 0;
        self.program.steps.retain(|_| {
            index += 1;
            !dead.contains(&(index - 1))
        });
    }

    /// Puts `new` where `old` was, in every step and in what the caller knows.
    fn replace(&mut self, old: Buf, new: Buf) {
        for step in &mut self.program.steps {
            let operands = step.verb.operands_mut();
            for buf in operands.writes.into_iter().chain(operands.reads) {
                exchange(buf, old, new);
            }
        }
        exchange(self.output, old, new);
        for buf in self.seam.iter_mut().chain(&mut self.d_input) {
            exchange(buf, old, new);
        }
    }
}

fn exchange(buf: &mut Buf, old: Buf, new: Buf) {
    if *buf == old {
        *buf = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::plan;

    #[test]
    fn a_convolutional_classifier_reads_like_its_mathematics() {
        let network = "[6, 6, 1] -> [3] {
            conv2d(2, kernel = 3), relu,
            max_pool2d(2),
            flatten,
            dense(4), gelu,
            dropout(0.5),
            dense(3), softmax,
        }";
        let printed = optimize(plan(network)).to_string();
        let expected = "\
parameters: 128 trained, 0 state
  conv2d1.weight[3, 3, 1, 2] at 0
  conv2d1.bias[2] at 32
  dense1.weight[8, 4] at 48
  dense1.bias[4] at 80
  dense2.weight[4, 3] at 96
  dense2.bias[3] at 112
inference:
  max_pool2d1.y[2, 2, 2] = relu(max_pool2d(conv2d(input[6, 6, 1], conv2d1.weight), (2, 2)) + conv2d1.bias)
  dense2.y[3] = dense(gelu(dense(max_pool2d1.y, dense1.weight) + dense1.bias), dense2.weight) + dense2.bias
  softmax1.y[3] = softmax(dense2.y)
 memory: rows 32, fixed 0, index 0
  rows 0 + 8: max_pool2d1.y
  rows 16 + 3: dense2.y
  rows 0 + 3: softmax1.y
training:
 forward
  max_pool2d1.y[2, 2, 2], max_pool2d1.index[2, 2, 2] = relu(max_pool2d(conv2d(input[6, 6, 1], conv2d1.weight), (2, 2)) + conv2d1.bias)
  dense1.y[4] = dense(max_pool2d1.y, dense1.weight) + dense1.bias
  gelu1.y[4] = gelu(dense1.y)
  gelu1.y[4] = dropout(gelu1.y, 0.5, stream = 6)
  dense2.y[3] = dense(gelu1.y, dense2.weight) + dense2.bias
  softmax1.y[3] = softmax(dense2.y)
 head
  softmax1.dx[3] = softmax_grad(d_output, softmax1.y)
 backward
  dense2.dbias = sum(softmax1.dx)
  dense2.dweight = dense_grad_weight(gelu1.y, softmax1.dx)
  dense2.dx[4] = dense_grad_input(softmax1.dx, dense2.weight)
  dense2.dx[4] = dropout(dense2.dx, 0.5, stream = 6)
  dense2.dx[4] = gelu_grad(dense2.dx, dense1.y)
  dense1.dbias = sum(dense2.dx)
  dense1.dweight = dense_grad_weight(max_pool2d1.y, dense2.dx)
  dense1.dx[8] = dense_grad_input(dense2.dx, dense1.weight)
  conv2d1.dweight, conv2d1.dbias = conv2d_max_pool2d_relu_grad_weight(input[6, 6, 1], dense1.dx, max_pool2d1.y, max_pool2d1.index, in conv2d1.partial[8, 20])
 memory: rows 96, fixed 160, index 64
  rows 0 + 8: max_pool2d1.y
  index 0 + 8: max_pool2d1.index
  rows 16 + 4: dense1.y
  rows 32 + 4: gelu1.y
  rows 48 + 3: dense2.y
  rows 64 + 3: softmax1.y
  rows 48 + 3: d_output
  rows 80 + 3: softmax1.dx
  rows 32 + 4: dense2.dx
  rows 16 + 8: dense1.dx
  fixed 0 + 160: conv2d1.partial
";
        assert_eq!(printed, expected);
    }

    #[test]
    fn every_pass_keeps_a_network_well_formed() {
        let network = "[7, 7, 2] -> [5] {
            conv2d(4, kernel = 3), batch_norm, silu,
            avg_pool2d(2, stride = 1),
            #[freeze] batch_norm,
            max_pool2d(2),
            flatten,
            #[freeze] dense(5), tanh,
            dense(5, bias = false), sigmoid,
        }";
        let plan = optimize(plan(network));
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(verify(&optimize(plan)), Ok(()));
    }
}
