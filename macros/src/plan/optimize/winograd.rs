//! `Conv2d | Conv2dGradInput | Conv2dGradWeight` by windows of 3x3 over many channels are given the
//! workspace of minimal filtering, which takes 2.25 products for every nine.

use super::{Unit, inference, training};
use crate::{
    plan::{Buf, Buffer, Layout, Plan, Space, Verb},
    shape::{Dim, Shape},
};

/// Tiles that are transformed at a time: in inference those of one thread, in training of up to eight.
const INFERENCE: usize = 24;
const TRAINING: usize = 96;

pub(super) fn winograd(mut plan: Plan) -> Plan {
    filter(&mut inference(&mut plan), INFERENCE);
    filter(&mut training(&mut plan), TRAINING);
    plan
}

fn filter(unit: &mut Unit<'_>, tiles: usize) {
    for at in 0..unit.program.steps.len() {
        let (result, len) = match &unit.program.steps[at].verb {
            Verb::Conv2d { y: result, conv, .. }
            | Verb::Conv2dGradInput { dx: result, conv, .. }
            | Verb::Conv2dGradWeight { dw: result, conv, .. } => (*result, conv.room(tiles)),
            _ => continue,
        };
        let Some(len) = len else { continue };
        let new = new_room(unit, result, len);
        match &mut unit.program.steps[at].verb {
            Verb::Conv2d { room, .. } | Verb::Conv2dGradInput { room, .. } => *room = Some(new),
            Verb::Conv2dGradWeight { partial, winograd, .. } => (*partial, *winograd) = (new, true),
            _ => {}
        }
    }
}

/// Workspace beside the result of a step.
fn new_room(unit: &mut Unit<'_>, result: Buf, len: Dim) -> Buf {
    let buffers = &mut unit.program.buffers;
    let name = format!("{}_room", buffers[result.0].name);
    let (space, shape) = (Space::Fixed, Shape(vec![len]));
    buffers.push(Buffer { name, space, shape, layout: Layout::Plain, offset: None });
    Buf(buffers.len() - 1)
}
