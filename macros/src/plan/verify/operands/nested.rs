//! Networks in networks, and turns of a `repeat`.

use super::{Fixed, Gradient, Index, Kept, Operand, Param, Role, Row, Same, Size, Value};
use crate::plan::{Buf, Nested};

pub(super) fn operands(verb: &Nested) -> Vec<Operand> {
    match verb {
        Nested::Network { y, x, params, .. }
        | Nested::NetworkStep { y, x, params, .. }
        | Nested::NetworkTraining { y, x, params, .. } => {
            let values = [(*y, Row, Same(*y)), (*x, Value, Same(*x))].into_iter();
            values.chain(params.map(|param| (param, Param, Same(param)))).collect()
        }
        Nested::NetworkGrad { dx, gradient, dy, x, params, .. } => {
            let dx = dx.map(|dx| (dx, Row, Same(*x)));
            let values = [(*dy, Row, Same(*dy)), (*x, Value, Same(*x))].into_iter().chain(dx);
            let gradient = [(*gradient, Gradient, Same(params[0]))];
            let params = params.map(|param| (param, Param, Same(param)));
            values.chain(gradient).chain(params).collect()
        }
        Nested::Repeat { y, x, rows, fixed, index, kept, state, params, .. } => {
            let values = [(*y, Row, Same(*x)), (*x, Value, Same(*y))].into_iter();
            let params = state.iter().chain(params).map(|param| (*param, Param, Same(*param)));
            let kept = kept.map(|kept| (kept, Kept, Same(kept)));
            values.chain(room(*rows, *fixed, *index)).chain(kept).chain(params).collect()
        }
        Nested::RepeatGrad { dx, dy, x, rows, fixed, index, gradients, params, .. } => {
            let values = [*dx, *dy].map(|buf| (buf, Row, Same(*x))).into_iter();
            let values = values.chain([(*x, Value, Same(*dx))]);
            let params = params.iter().map(|param| (*param, Param, Same(*param)));
            let gradients = gradients.iter().map(|gradient| (*gradient, Gradient, Same(*gradient)));
            let room = room(*rows, *fixed, *index);
            values.chain(room).chain(params).chain(gradients).collect()
        }
    }
}

/// The workspaces of a `repeat`.
fn room(rows: Buf, fixed: Option<Buf>, index: Option<Buf>) -> Vec<(Buf, Role, Size)> {
    let room = [(Some(rows), Row), (fixed, Fixed), (index, Index)];
    room.into_iter().filter_map(|(buf, role)| Some((buf?, role, Same(buf?)))).collect()
}
