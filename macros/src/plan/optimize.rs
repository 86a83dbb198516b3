//! The passes over a plan, in this order: fuse epilogues, drop dead steps, work in place, share
//! buffers.

mod drop_dead;
mod fuse_epilogue;
mod in_place;
mod share_buffers;

use std::collections::BTreeSet;

use super::{Buf, Plan, Program, liveness::Caller, verify::verify};

/// A plan that computes the same in fewer steps and less memory, its memory laid out.
pub(crate) fn optimize(plan: Plan) -> Plan {
    let passes = [
        fuse_epilogue::fuse_epilogue,
        drop_dead::drop_dead,
        in_place::in_place,
        share_buffers::share_buffers,
    ];
    passes.into_iter().fold(plan, |plan, pass| {
        let plan = pass(plan);
        debug_assert_eq!(verify(&plan), Ok(()));
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
}

/// Applies a pass to both programs.
fn each_program(mut plan: Plan, pass: fn(&mut Unit<'_>)) -> Plan {
    pass(&mut Unit {
        program: &mut plan.inference,
        marks: Vec::new(),
        output: &mut plan.output,
        seam: Vec::new(),
    });
    let training = &mut plan.training;
    pass(&mut Unit {
        program: &mut training.program,
        marks: vec![&mut training.forward, &mut training.head],
        output: &mut training.output,
        seam: vec![&mut training.d_output, &mut training.d_head],
    });
    plan
}

impl Unit<'_> {
    fn caller(&self) -> Caller {
        let turn = self.marks.first().map_or(self.program.steps.len(), |forward| **forward);
        let writes = self.seam.iter().map(|buf| **buf).collect();
        Caller { output: *self.output, turn, writes }
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
        for buf in &mut self.seam {
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
    use crate::plan::{
        Fun,
        sample::{C, L, plan},
    };

    #[test]
    fn a_convolutional_classifier_reads_like_its_mathematics() {
        let layers = [
            C::plain(2, 3),
            L::Map(Fun::Relu),
            L::MaxPool(2, 2, 0),
            L::Dense(4),
            L::Map(Fun::Gelu),
            L::Dropout(0.5),
            L::Dense(3),
            L::Softmax,
        ];
        let printed = optimize(plan(&[6, 6, 1], &layers)).to_string();
        let expected = "\
parameters: 128 trained, 0 state
  n0.weight[3, 3, 1, 2] at 0
  n0.bias[2] at 32
  n3.weight[8, 4] at 48
  n3.bias[4] at 80
  n6.weight[4, 3] at 96
  n6.bias[3] at 112
inference:
  n1.y[4, 4, 2] = relu(conv2d(input[6, 6, 1], n0.weight) + n0.bias)
  n2.y[2, 2, 2] = max_pool2d(n1.y, (2, 2), stride = (2, 2))
  n4.y[4] = gelu(dense(n2.y, n3.weight) + n3.bias)
  n6.y[3] = dense(n4.y, n6.weight) + n6.bias
  n7.y[3] = softmax(n6.y)
 memory: rows 48, fixed 0, index 0
  rows 0 + 32: n1.y
  rows 32 + 8: n2.y
  rows 0 + 4: n4.y
  rows 16 + 3: n6.y
  rows 0 + 3: n7.y
training:
 forward
  n1.y[4, 4, 2] = relu(conv2d(input[6, 6, 1], n0.weight) + n0.bias)
  n2.y[2, 2, 2], n2.index[2, 2, 2] = max_pool2d(n1.y, (2, 2), stride = (2, 2))
  n3.y[4] = dense(n2.y, n3.weight) + n3.bias
  n4.y[4] = gelu(n3.y)
  n4.y[4] = dropout(n4.y, 0.5, stream = 5)
  n6.y[3] = dense(n4.y, n6.weight) + n6.bias
  n7.y[3] = softmax(n6.y)
 head
  n7.dx[3] = softmax_grad(d_output, n7.y)
 backward
  n6.dbias = sum(n7.dx)
  n6.dweight = dense_grad_weight(n4.y, n7.dx)
  n6.dx[4] = dense_grad_input(n7.dx, n6.weight)
  n6.dx[4] = dropout(n6.dx, 0.5, stream = 5)
  n6.dx[4] = gelu_grad(n6.dx, n3.y)
  n3.dbias = sum(n6.dx)
  n3.dweight = dense_grad_weight(n2.y, n6.dx)
  n3.dx[2, 2, 2] = dense_grad_input(n6.dx, n3.weight)
  n2.dx[4, 4, 2] = max_pool2d_grad(n3.dx, n2.index, (2, 2), stride = (2, 2))
  n2.dx[4, 4, 2] = relu_grad(n2.dx, n1.y)
  n0.dbias = sum(n2.dx)
  n0.dweight = conv2d_grad_weight(input[6, 6, 1], n2.dx, in n0.partial[2, 3, 3, 1, 2])
 memory: rows 128, fixed 48, index 64
  rows 0 + 32: n1.y
  rows 32 + 8: n2.y
  index 0 + 8: n2.index
  rows 48 + 4: n3.y
  rows 64 + 4: n4.y
  rows 80 + 3: n6.y
  rows 96 + 3: n7.y
  rows 80 + 3: d_output
  rows 112 + 3: n7.dx
  rows 64 + 4: n6.dx
  rows 80 + 8: n3.dx
  rows 32 + 32: n2.dx
  fixed 0 + 36: n0.partial
";
        assert_eq!(printed, expected);
    }

    #[test]
    fn every_pass_keeps_a_network_well_formed() {
        let layers = [
            C::plain(4, 3),
            L::BatchNorm,
            L::Map(Fun::Silu),
            L::AvgPool(2, 1, 0),
            L::FrozenBatchNorm,
            L::MaxPoolByValue(2, 2, 0),
            L::FrozenDense(5),
            L::Map(Fun::Tanh),
            L::Matrix(5),
            L::Map(Fun::Sigmoid),
        ];
        let plan = optimize(plan(&[7, 7, 2], &layers));
        assert_eq!(verify(&plan), Ok(()));
        assert_eq!(verify(&optimize(plan)), Ok(()));
    }
}
