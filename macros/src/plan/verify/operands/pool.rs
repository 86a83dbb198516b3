//! Pooling.

use super::{Index, Is, Operand, Row, Same, Value, ensure, image, times};
use crate::{
    plan::{Pool, Window},
    shape::Dim,
};

pub(super) fn operands(verb: &Pool) -> Vec<Operand> {
    match verb {
        Pool::MaxPool2d { y, index, x, channels, window } => {
            let index = index.map(|index| (index, Index, Same(*y)));
            let operands = [
                (*y, Row, Is(image(&window.output, channels))),
                (*x, Value, Is(image(&window.input, channels))),
            ];
            operands.into_iter().chain(index).collect()
        }
        Pool::MaxPool2dGrad { dx, dy, index, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
            (*index, Index, Same(*dy)),
        ],
        Pool::MaxPool2dGradByValue { dx, dy, y, x, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
            (*y, Row, Same(*dy)),
            (*x, Value, Same(*dx)),
        ],
        Pool::AvgPool2d { y, x, channels, window } => vec![
            (*y, Row, Is(image(&window.output, channels))),
            (*x, Value, Is(image(&window.input, channels))),
        ],
        Pool::AvgPool2dGrad { dx, dy, channels, window } => vec![
            (*dx, Row, Is(image(&window.input, channels))),
            (*dy, Row, Is(image(&window.output, channels))),
        ],
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Pool) -> Result<(), String> {
    match verb {
        Pool::MaxPool2d { window, index, .. } => pool(window, index.is_some()),
        Pool::MaxPool2dGrad { window, .. } => pool(window, true),
        Pool::MaxPool2dGradByValue { window, .. }
        | Pool::AvgPool2d { window, .. }
        | Pool::AvgPool2dGrad { window, .. } => pool(window, false),
    }
}

/// Every window of a pooling holds a part of the image, and few enough taps for an index.
fn pool(window: &Window, indexed: bool) -> Result<(), String> {
    let taps = times([&window.kernel[0], &window.kernel[1]]).literal();
    ensure(!indexed || taps.is_none_or(|taps| taps <= 256), || {
        "a window of more than 256 taps has no index".to_owned()
    })?;
    ensure((0..2).all(|axis| covers(window, axis)), || "a window lies outside the image".to_owned())
}

/// Whether every window has a tap inside the image along an axis, as far as can be known.
fn covers(window: &Window, axis: usize) -> bool {
    let of = |dims: &[Dim; 2]| dims[axis].literal();
    let (Some(input), Some(output), Some(kernel)) =
        (of(&window.input), of(&window.output), of(&window.kernel))
    else {
        return true;
    };
    let start = |i: usize| i * window.stride[axis];
    let inside = |tap: usize| (window.padding[axis]..window.padding[axis] + input).contains(&tap);
    (0..output).all(|i| (0..kernel).any(|tap| inside(start(i) + tap * window.dilation[axis])))
}
