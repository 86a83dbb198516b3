//! Networks in networks, and turns of a `repeat`.

use std::rc::Rc;

use super::Operands;
use crate::{
    layer::network::Inner,
    plan::{Buf, Turns},
};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nested {
    /// `y = inner(x)`, as in inference.
    Network { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// `y` is what `inner` yields after one more time step `x`.
    NetworkStep { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// `y = inner(x)`, as in training; its trained parameters and its state, which it may move.
    NetworkTraining { y: Buf, x: Buf, params: [Buf; 2], inner: Rc<Inner> },
    /// The gradients of `NetworkTraining`.
    NetworkGrad {
        dx: Option<Buf>,
        gradient: Buf,
        dy: Buf,
        x: Buf,
        params: [Buf; 2],
        inner: Rc<Inner>,
    },
    /// `y = turn(turn(.. turn(x)))`. Every turn has its share of the workspaces, of what stays until
    /// the next time step and of the parameters; `state` are those that it may move.
    Repeat {
        y: Buf,
        x: Buf,
        rows: Buf,
        fixed: Option<Buf>,
        index: Option<Buf>,
        kept: Option<Buf>,
        state: Vec<Buf>,
        params: Vec<Buf>,
        turns: Rc<Turns>,
    },
    /// The gradients of `Repeat`, from what its turns left in the workspaces.
    RepeatGrad {
        dx: Buf,
        dy: Buf,
        x: Buf,
        rows: Buf,
        fixed: Option<Buf>,
        index: Option<Buf>,
        gradients: Vec<Buf>,
        params: Vec<Buf>,
        turns: Rc<Turns>,
    },
}

impl Nested {
    /// Every buffer the verb names, outputs first.
    pub(super) fn operands_mut(&mut self) -> Operands<'_> {
        let (writes, reads): (Vec<&mut Buf>, Vec<&mut Buf>) = match self {
            Self::Network { y, x, params, .. } | Self::NetworkStep { y, x, params, .. } => {
                (vec![y], Some(x).into_iter().chain(params).collect())
            }
            Self::NetworkTraining { y, x, params: [trained, state], .. } => {
                (vec![y, state], vec![x, trained])
            }
            Self::NetworkGrad { dx, gradient, dy, x, params, .. } => (
                dx.iter_mut().chain([gradient]).collect(),
                [dy, x].into_iter().chain(params).collect(),
            ),
            Self::Repeat { y, x, rows, fixed, index, kept, state, params, .. } => (
                [y, rows].into_iter().chain(fixed).chain(index).chain(kept).chain(state).collect(),
                [x].into_iter().chain(params).collect(),
            ),
            Self::RepeatGrad { dx, dy, x, rows, fixed, index, gradients, params, .. } => (
                [dx, rows].into_iter().chain(fixed).chain(index).chain(gradients).collect(),
                [dy, x].into_iter().chain(params).collect(),
            ),
        };
        Operands { writes, reads }
    }

    /// What is written whose earlier contents matter.
    pub(super) fn updates(&self) -> Vec<Buf> {
        match self {
            Self::NetworkTraining { params: [_, state], .. } => vec![*state],
            Self::Repeat { state, kept, .. } => state.iter().chain(kept).copied().collect(),
            Self::RepeatGrad { rows, fixed, index, .. } => {
                [Some(*rows), *fixed, *index].into_iter().flatten().collect()
            }
            _ => vec![],
        }
    }
}
