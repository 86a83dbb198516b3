//! Where parameters lie in prepared weights: those that inference reads as the weight of matrix
//! products alone in one arena, which may hold them in fewer bits, all others in a second.

use super::{Buf, Plan, Program, Space, Verb};
use crate::shape::Dim;

/// Parameters start at multiples of this: a cache line of the narrowest scalar, of two bytes.
const ALIGN: usize = 32;

/// The place of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    /// In which of the two arenas.
    pub(crate) matrix: bool,
    pub(crate) offset: Dim,
}

/// The places of [`Plan::params`].
pub(crate) fn pack(plan: &Plan) -> Vec<Packed> {
    let mut ends = [Dim::ZERO, Dim::ZERO];
    let place = |(index, param): (usize, &super::PlanParam)| {
        let matrix = is_matrix(&plan.inference, index);
        let offset = ends[usize::from(matrix)].clone();
        ends[usize::from(matrix)] = Dim::sum([offset.clone(), param.shape.len().round_up(ALIGN)]);
        Packed { matrix, offset }
    };
    plan.params.iter().enumerate().map(place).collect()
}

fn is_matrix(program: &Program, param: usize) -> bool {
    let is = |buf: &Buf| program.buffers[buf.0].space == Space::Param(param);
    let mut readers = program.steps.iter().filter(|step| step.verb.reads().iter().any(is));
    let first = readers.next();
    first.is_some_and(|first| {
        std::iter::once(first).chain(readers).all(|step| match &step.verb {
            Verb::Gemm { x, w, bias, .. } => is(w) && !is(x) && !bias.as_ref().is_some_and(is),
            _ => false,
        })
    })
}
