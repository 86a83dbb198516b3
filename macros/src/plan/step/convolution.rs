//! Convolutions.

use super::Operands;
use crate::plan::{Buf, Conv, Fun};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Convolution {
    /// `y = fun(conv(x, w) + bias)`; `room` is workspace of minimal filtering, [`Conv::room`].
    Conv2d {
        y: Buf,
        room: Option<Buf>,
        x: Buf,
        w: Buf,
        bias: Option<Buf>,
        fun: Option<Fun>,
        conv: Conv,
    },
    /// `dx`, the gradient of the convolution with respect to its input.
    Conv2dGradInput { dx: Buf, room: Option<Buf>, dy: Buf, w: Buf, conv: Conv },
    /// `dw`, with respect to its weight; `partial` holds sums over shares of the batch, or is the
    /// workspace of minimal filtering.
    Conv2dGradWeight { dw: Buf, partial: Buf, x: Buf, dy: Buf, conv: Conv, winograd: bool },
    /// `y = fun(max(conv(x, w)) + bias)` over windows of 2x2, for a function that never falls;
    /// `index` keeps the winners for the next verb alone.
    Conv2dMaxPool2d {
        y: Buf,
        index: Option<Buf>,
        x: Buf,
        w: Buf,
        bias: Option<Buf>,
        fun: Option<Fun>,
        conv: Conv,
    },
    /// `dw` and `dbias` of `Conv2dMaxPool2d`, from what the winners saw: without its function, or with relu,
    /// whose output is `kept`. `partial` holds sums over shares of the batch.
    Conv2dMaxPool2dGradWeight {
        dw: Buf,
        dbias: Option<Buf>,
        partial: Buf,
        x: Buf,
        dy: Buf,
        kept: Option<Buf>,
        index: Buf,
        conv: Conv,
    },
}

impl Convolution {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Conv2d { y, room, x, w, bias, .. } => (
                Some(y).into_iter().chain(room).collect(),
                [x, w].into_iter().chain(bias).collect(),
            ),
            Self::Conv2dGradInput { dx, room, dy, w, .. } => {
                (Some(dx).into_iter().chain(room).collect(), vec![dy, w])
            }
            Self::Conv2dGradWeight { dw, partial, x, dy, .. } => (vec![dw, partial], vec![x, dy]),
            Self::Conv2dMaxPool2d { y, index, x, w, bias, .. } => (
                Some(y).into_iter().chain(index).collect(),
                [x, w].into_iter().chain(bias).collect(),
            ),
            Self::Conv2dMaxPool2dGradWeight { dw, dbias, partial, x, dy, kept, index, .. } => (
                [dw, partial].into_iter().chain(dbias).collect(),
                [x, dy, index].into_iter().chain(kept).collect(),
            ),
        };
        Operands { writes, reads }
    }
}
