//! Convolutions.

use super::{
    AtLeast, CopiesOf, Fixed, Gradient, Index, Is, Multiple, Operand, Param, Row, Same, Shared,
    Size, Value, divides, ensure, image, times,
};
use crate::{
    plan::{Conv, Convolution, FEWEST_TILES},
    shape::Dim,
};

pub(super) fn operands(verb: &Convolution) -> Vec<Operand> {
    match verb {
        Convolution::Conv2d { y, room, x, w, bias, conv, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(conv.output_channels.clone())));
            let room = room.map(|room| (room, Fixed, tiles(conv)));
            let operands = [
                (*y, Row, Is(image(&conv.window.output, &conv.output_channels))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*w, Param, weight(conv)),
            ];
            operands.into_iter().chain(bias).chain(room).collect()
        }
        Convolution::Conv2dGradInput { dx, room, dy, w, conv } => {
            let operands = [
                (*dx, Row, Is(image(&conv.window.input, &conv.input_channels))),
                (*dy, Value, Is(image(&conv.window.output, &conv.output_channels))),
                (*w, Param, weight(conv)),
            ];
            let room = room.map(|room| (room, Fixed, tiles(conv)));
            operands.into_iter().chain(room).collect()
        }
        Convolution::Conv2dGradWeight { dw, partial, x, dy, conv, winograd } => vec![
            (*dw, Gradient, weight(conv)),
            (*partial, Fixed, if *winograd { tiles(conv) } else { CopiesOf(*dw) }),
            (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
            (*dy, Value, Is(image(&conv.window.output, &conv.output_channels))),
        ],
        Convolution::Conv2dMaxPool2d { y, index, x, w, bias, conv, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(conv.output_channels.clone())));
            let index = index.map(|index| (index, Index, Same(*y)));
            let operands = [
                (*y, Row, Is(pooled(conv))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*w, Param, weight(conv)),
            ];
            operands.into_iter().chain(bias).chain(index).collect()
        }
        Convolution::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, conv } => {
            let dbias = dbias.map(|dbias| (dbias, Gradient, Is(conv.output_channels.clone())));
            let kept = kept.map(|kept| (kept, Row, Same(*dy)));
            let operands = [
                (*dw, Gradient, weight(conv)),
                (*partial, Fixed, Multiple(conv.sums(dbias.is_some()))),
                (*x, Value, Is(image(&conv.window.input, &conv.input_channels))),
                (*dy, Row, Is(pooled(conv))),
                (*index, Index, Same(*dy)),
            ];
            operands.into_iter().chain(dbias).chain(kept).collect()
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Convolution) -> Result<(), String> {
    match verb {
        Convolution::Conv2d { conv, .. }
        | Convolution::Conv2dGradInput { conv, .. }
        | Convolution::Conv2dGradWeight { conv, .. } => groups(conv),
        Convolution::Conv2dMaxPool2d { conv, .. }
        | Convolution::Conv2dMaxPool2dGradWeight { conv, .. } => {
            groups(conv)?;
            ensure(conv.pool().is_some(), || "a pooled convolution has literal sizes".to_owned())
        }
    }
}

/// The workspace of minimal filtering.
fn tiles(conv: &Conv) -> Size {
    conv.room(FEWEST_TILES).map_or(Is(Dim::ZERO), AtLeast)
}

/// Scalars of a convolution's output after pooling by 2x2.
fn pooled(conv: &Conv) -> Dim {
    conv.pool().map_or(Dim::Unknown, |pool| image(&pool.output, &conv.output_channels))
}

fn weight(conv: &Conv) -> Size {
    let taps = image(&conv.window.kernel, &conv.input_channels);
    Shared(times([&taps, &conv.output_channels]), conv.groups)
}

fn groups(conv: &Conv) -> Result<(), String> {
    let groups = Dim::from(conv.groups);
    let fits = divides(&groups, &conv.input_channels) && divides(&groups, &conv.output_channels);
    ensure(fits, || format!("{groups} groups do not divide the channels"))
}
