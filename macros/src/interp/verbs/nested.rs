//! Networks in networks, and turns of a `repeat`.

use crate::{
    interp::{memory::Memory, networks, random::Stream, repeat},
    plan::Nested,
};

pub(super) fn run<'a>(memory: &mut Memory<'a>, verb: &'a Nested, stream: Stream) {
    match verb {
        Nested::Network { y, x, params, inner } => {
            memory.write(*y, networks::infer(memory, inner, *x, params));
        }
        Nested::NetworkStep { y, x, params, inner } => {
            let values = networks::step(memory, inner, *x, params);
            memory.write(*y, values);
        }
        Nested::NetworkTraining { y, x, params, inner } => {
            let values = networks::forward(memory, inner, *x, params, stream);
            memory.write(*y, values);
        }
        Nested::NetworkGrad { dx, gradient, dy, inner, .. } => {
            networks::backward(memory, inner, *dy, [Some(*gradient), *dx]);
        }
        Nested::Repeat { y, x, rows, kept, state, params, turns, .. } => {
            let room = (*rows, *kept);
            let values = repeat::forward(memory, turns, *x, [state, params], room, stream);
            memory.write(*y, values);
        }
        Nested::RepeatGrad { dx, dy, rows, gradients, turns, .. } => {
            let values = repeat::backward(memory, turns, *dy, gradients, *rows, stream);
            memory.write(*dx, values);
        }
    }
}
