//! `Conv2d | Conv2dGradInput | Conv2dGradWeight` by windows of 3x3 over many channels are given the
//! workspace of minimal filtering, which takes 2.25 products for every nine.

use super::{Unit, inference, training};
use crate::{
    plan::{Buf, Buffer, Convolution, Layout, Plan, Space, Verb},
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
            Verb::Convolution(Convolution::Conv2d { y: result, conv, .. })
            | Verb::Convolution(Convolution::Conv2dGradInput { dx: result, conv, .. })
            | Verb::Convolution(Convolution::Conv2dGradWeight { dw: result, conv, .. }) => {
                (*result, conv.room(tiles))
            }
            _ => continue,
        };
        let Some(len) = len else { continue };
        let new = new_room(unit, result, len);
        match &mut unit.program.steps[at].verb {
            Verb::Convolution(Convolution::Conv2d { room, .. })
            | Verb::Convolution(Convolution::Conv2dGradInput { room, .. }) => *room = Some(new),
            Verb::Convolution(Convolution::Conv2dGradWeight { partial, winograd, .. }) => {
                (*partial, *winograd) = (new, true)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{optimize::drop_dead, sample::plan, verify::verify};

    fn filtered(network: &str) -> [String; 2] {
        let plan = winograd(drop_dead::drop_dead(plan(network)));
        assert_eq!(verify(&plan), Ok(()));
        [plan.inference.to_string(), plan.training.program.to_string()]
    }

    #[test]
    fn all_three_verbs_get_their_workspace() {
        let [inference, training] = filtered(
            "[8, 8, 16] -> [6, 6, 32] { conv2d(32, kernel = 3, padding = same), conv2d(32, kernel = 3) }",
        );
        assert!(inference.contains("= winograd(input[8, 8, 16], conv2d1.weight, "), "{inference}");
        assert!(inference.contains("in conv2d1.y_room["), "{inference}");
        for verb in ["winograd", "winograd_grad_input", "winograd_grad_weight"] {
            assert!(training.contains(&format!("= {verb}(")), "{training}");
        }
        assert!(!training.contains("conv2d("), "{training}");
    }

    #[test]
    fn other_convolutions_stay() {
        for layer in [
            "conv2d(8, kernel = 3)",
            "conv2d(40, kernel = 3)",
            "conv2d(32, kernel = 5)",
            "conv2d(32, kernel = 3, stride = 2)",
            "conv2d(32, kernel = 3, dilation = 2)",
            "conv2d(32, kernel = 3, groups = 2)",
        ] {
            let [inference, _] =
                filtered(&format!("[9, 9, 16] -> [1] {{ {layer}, flatten, dense(1) }}"));
            assert!(!inference.contains("winograd"), "{inference}");
        }
        let [small, _] = filtered("[3, 3, 16] -> [1, 1, 32] { conv2d(32, kernel = 3) }");
        assert!(!small.contains("winograd"), "{small}");
    }
}
