//! The turns of a `repeat`, each in a memory of its own.

use super::{memory::Memory, random::Stream, verbs};
use crate::plan::{Buf, Turns};

/// The value of the last turn. In training the memories stay for the gradients.
pub(super) fn forward<'a>(
    memory: &mut Memory<'a>,
    turns: &'a Turns,
    x: Buf,
    [state, params]: [&[Buf]; 2],
    rows: Buf,
    stream: Stream,
) -> Vec<f64> {
    let plan = &turns.plan;
    let (program, steps, output) = if memory.training {
        let training = &plan.training;
        (&training.program, &training.program.steps[..training.forward], training.output)
    } else {
        (&plan.inference, &plan.inference.steps[..], plan.output)
    };
    let mut bufs: Vec<Buf> = params.iter().chain(state).copied().collect();
    bufs.sort_by_key(|buf| memory.param(*buf));
    let (mut value, mut done) = (memory.read(x), Vec::new());
    for own in 0..turns.times {
        let mut params: Vec<Vec<f64>> = bufs.iter().map(|buf| memory.read(*buf)).collect();
        params.iter_mut().for_each(|values| *values = share(values, own, turns.times));
        let mut turn = memory.within(program, &params, &value);
        turn.turn = memory.turn * turns.times + own;
        for step in steps {
            verbs::run(&mut turn, &step.verb, stream);
        }
        for (buf, moved) in bufs.iter().zip(&turn.params) {
            let mut whole = memory.read(*buf);
            let len = moved.len();
            whole[own * len..(own + 1) * len].copy_from_slice(moved);
            memory.write(*buf, whole);
        }
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
            let mut whole = memory.read(*buf);
            let len = gradient.len();
            whole[own * len..(own + 1) * len].copy_from_slice(gradient);
            memory.write(*buf, whole);
        }
    }
    memory.turns.insert(rows, done);
    d
}

/// The part of one turn.
fn share(values: &[f64], turn: usize, times: usize) -> Vec<f64> {
    let len = values.len() / times;
    values[turn * len..(turn + 1) * len].to_vec()
}
