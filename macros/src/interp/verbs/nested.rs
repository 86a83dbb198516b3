//! Networks in networks, and turns of a `repeat`.

use crate::{
    interp::{memory::Memory, random::Stream, repeat},
    plan::Nested,
};

pub(super) fn run<'a>(memory: &mut Memory<'a>, verb: &'a Nested, stream: Stream) {
    match verb {
        Nested::Network { .. }
        | Nested::NetworkStep { .. }
        | Nested::NetworkTraining { .. }
        | Nested::NetworkGrad { .. } => {
            unimplemented!("the layers of another declaration are not known here")
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
