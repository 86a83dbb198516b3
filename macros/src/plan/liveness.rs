//! Liveness: over which moments the contents of a buffer matter.

use super::{Buf, Plan, Program, Stepping, Training};

/// The caller's part in a program: it takes one turn among the steps, and keeps the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Read by the caller, from when it is computed to after the last step.
    pub(crate) output: Buf,
    /// The number of steps before the caller's turn.
    pub(crate) turn: usize,
    /// What the caller writes in its turn.
    pub(crate) writes: Vec<Buf>,
    /// Read by the caller after the last step.
    pub(crate) d_input: Option<Buf>,
    /// The number of last steps that the caller may take instead.
    pub(crate) deferred: usize,
}

impl Plan {
    /// The caller of the inference program, who only waits for the output.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            output: self.output,
            turn: self.inference.steps.len(),
            writes: Vec::new(),
            d_input: None,
            deferred: 0,
        }
    }
}

impl Stepping {
    /// The caller of the program of one time step, who only waits for the output.
    pub(crate) fn caller(&self) -> Caller {
        let turn = self.program.steps.len();
        Caller { output: self.output, turn, writes: Vec::new(), d_input: None, deferred: 0 }
    }
}

impl Training {
    /// The caller of the training program, who computes a loss between forward and backward.
    pub(crate) fn caller(&self) -> Caller {
        let mut writes = vec![self.d_output, self.d_head];
        writes.dedup();
        let Self { output, forward: turn, d_input, deferred, .. } = *self;
        Caller { output, turn, writes, d_input, deferred }
    }
}

impl Caller {
    /// The moment of a step: its index, counting the caller's turn as a step.
    pub(crate) fn moment(&self, step: usize) -> usize {
        step + usize::from(step >= self.turn)
    }
}

/// The moments from the first to the last that name a buffer, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Life {
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The life of every buffer, by index; `None` for a buffer that nobody names.
pub(crate) fn lives(program: &Program, caller: &Caller) -> Vec<Option<Life>> {
    let mut lives = vec![None; program.buffers.len()];
    for (index, step) in program.steps.iter().enumerate() {
        for buf in step.verb.writes().into_iter().chain(step.verb.reads()) {
            extend(&mut lives[buf.0], caller.moment(index));
        }
    }
    for buf in &caller.writes {
        extend(&mut lives[buf.0], caller.turn);
    }
    for buf in [caller.output].into_iter().chain(caller.d_input) {
        extend(&mut lives[buf.0], program.steps.len() + 1);
    }
    lives
}

fn extend(life: &mut Option<Life>, moment: usize) {
    let seen = life.unwrap_or(Life { first: moment, last: moment });
    *life = Some(Life { first: seen.first.min(moment), last: seen.last.max(moment) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample::plan;

    fn named(program: &Program, lives: &[Option<Life>], name: &str) -> Option<(usize, usize)> {
        let index = program.buffers.iter().position(|buffer| buffer.name == name);
        lives[index.expect("the plan has it")].map(|life| (life.first, life.last))
    }

    #[test]
    fn inference_keeps_the_output_to_the_end() {
        let plan = plan("[4] -> [3] { dense(3), softmax }");
        let lives = lives(&plan.inference, &plan.caller());
        assert_eq!(named(&plan.inference, &lives, "dense1.y"), Some((0, 2)));
        assert_eq!(named(&plan.inference, &lives, "softmax1.y"), Some((2, 4)));
    }

    #[test]
    fn training_hands_over_between_forward_and_backward() {
        let plan = plan("[4] -> [3] { dense(3), softmax }");
        let training = &plan.training;
        let lives = lives(&training.program, &training.caller());
        let end = training.program.steps.len() + 1;
        assert_eq!(training.forward, 3);
        assert_eq!(named(&training.program, &lives, "softmax1.y"), Some((2, end)));
        assert_eq!(named(&training.program, &lives, "d_output"), Some((3, 4)));
        assert_eq!(named(&training.program, &lives, "softmax1.dx"), Some((3, 7)));
        assert_eq!(named(&training.program, &lives, "dense1.dx"), Some((7, 7)));
    }

    #[test]
    fn a_buffer_that_nobody_names_has_no_life() {
        let mut plan = plan("[4] -> [3] { dense(3) }");
        plan.inference.buffers.push(plan.inference.buffers[0].clone());
        assert_eq!(lives(&plan.inference, &plan.caller()).last(), Some(&None));
    }
}
