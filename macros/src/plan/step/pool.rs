//! Pooling.

use super::Operands;
use crate::{
    plan::{Buf, Window},
    shape::Dim,
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pool {
    /// `y = max` over the window; `index` keeps the winner where there is a backward pass.
    MaxPool2d { y: Buf, index: Option<Buf>, x: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` goes to the winner kept in `index`.
    MaxPool2dGrad { dx: Buf, dy: Buf, index: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` goes to the first `x` in its window that equals `y`.
    MaxPool2dGradByValue { dx: Buf, dy: Buf, y: Buf, x: Buf, channels: Dim, window: Window },
    /// `y = mean` over the taps of the window inside the image.
    AvgPool2d { y: Buf, x: Buf, channels: Dim, window: Window },
    /// `dx`: every `dy` is shared among the taps of its window.
    AvgPool2dGrad { dx: Buf, dy: Buf, channels: Dim, window: Window },
}

impl Pool {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::MaxPool2d { y, index, x, .. } => {
                (Some(y).into_iter().chain(index).collect(), vec![x])
            }
            Self::MaxPool2dGrad { dx, dy, index, .. } => (vec![dx], vec![dy, index]),
            Self::MaxPool2dGradByValue { dx, dy, y, x, .. } => (vec![dx], vec![dy, y, x]),
            Self::AvgPool2d { y, x, .. } => (vec![y], vec![x]),
            Self::AvgPool2dGrad { dx, dy, .. } => (vec![dx], vec![dy]),
        };
        Operands { writes, reads }
    }
}
