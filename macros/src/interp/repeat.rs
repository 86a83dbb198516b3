//! The turns of a `repeat`, each in a memory of its own.

use super::{memory::Memory, random::Stream, verbs};
use crate::plan::{Buf, Turns, lower::Purpose};

/// The value of the last turn. In training the memories stay for the gradients.
pub(super) fn forward<'a>(
    memory: &mut Memory<'a>,
    turns: &'a Turns,
    x: Buf,
    [state, params]: [&[Buf]; 2],
    (rows, kept): (Buf, Option<Buf>),
    stream: Stream,
) -> Vec<f64> {
    let plan = &turns.plan;
    let (program, steps, output) = match memory.purpose {
        Purpose::Training => {
            let training = &plan.training;
            (&training.program, &training.program.steps[..training.forward], training.output)
        }
        Purpose::Inference => (&plan.inference, &plan.inference.steps[..], plan.output),
        Purpose::Step => {
            let stepping = plan.step_program();
            (&stepping.program, &stepping.program.steps[..], stepping.output)
        }
    };
    let mut bufs: Vec<Buf> = params.iter().chain(state).copied().collect();
    bufs.sort_by_key(|buf| memory.param(*buf));
    let (mut value, mut done) = (memory.read(x), Vec::new());
    for own in 0..turns.times {
        let mut params: Vec<Vec<f64>> = bufs.iter().map(|buf| memory.read(*buf)).collect();
        params.iter_mut().for_each(|values| *values = share(values, own, turns.times));
        let mut turn = memory.within(program, &params, &value);
        turn.turn = memory.turn * turns.times + own;
        turn.kept_of = std::mem::take(&mut memory.kept_of);
        if let Some(kept) = kept {
            *turn.kept() = share(&memory.read(kept), own, turns.times);
        }
        for step in steps {
            verbs::run(&mut turn, &step.verb, stream);
        }
        for (buf, moved) in bufs.iter().zip(&turn.params) {
            replace(memory, *buf, own, moved);
        }
        if let Some(kept) = kept {
            replace(memory, kept, own, turn.kept());
        }
        memory.kept_of = std::mem::take(&mut turn.kept_of);
        value = turn.read(output);
        done.push(turn);
    }
    memory.turns.insert(rows, done);
    value
}

/// The gradient of the input of the first turn.
pub(super) fn backward<'a>(
    memory: &mut Memory<'a>,
    turns: &'a Turns,
    dy: Buf,
    gradients: &[Buf],
    rows: Buf,
    stream: Stream,
) -> Vec<f64> {
    let training = &turns.plan.training;
    let mut d = memory.read(dy);
    let mut done = memory.turns.remove(&rows).expect("the turns were run");
    for (own, turn) in done.iter_mut().enumerate().rev() {
        turn.write(training.d_output, d);
        for step in &training.program.steps[training.forward..] {
            verbs::run(turn, &step.verb, stream);
        }
        d = turn.read(training.d_input.expect("a turn has the gradient of its input"));
        let trained = turns.plan.params.iter().zip(&turn.gradients).filter(|(p, _)| p.trained);
        for (buf, (_, gradient)) in gradients.iter().zip(trained) {
            replace(memory, *buf, own, gradient);
        }
    }
    memory.turns.insert(rows, done);
    d
}

/// Writes the part of one turn.
fn replace(memory: &mut Memory<'_>, buf: Buf, turn: usize, values: &[f64]) {
    let mut whole = memory.read(buf);
    whole[turn * values.len()..(turn + 1) * values.len()].copy_from_slice(values);
    memory.write(buf, whole);
}

/// The part of one turn.
fn share(values: &[f64], turn: usize, times: usize) -> Vec<f64> {
    let len = values.len() / times;
    values[turn * len..(turn + 1) * len].to_vec()
}
