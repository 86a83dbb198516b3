//! Functions of single values.

use super::{Gradient, Multiple, Operand, Param, PartOf, Row, Same, Times, Value};
use crate::{plan::Elementwise, shape::Dim};

pub(super) fn operands(verb: &Elementwise) -> Vec<Operand> {
    match verb {
        Elementwise::Map { y, x, .. } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))]
        }
        Elementwise::MapGrad { dx, dy, kept, .. } => {
            vec![(*dx, Row, Same(*dy)), (*dy, Row, Same(*dx)), (*kept, Value, Same(*dx))]
        }
        Elementwise::Prelu { y, x, alpha } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*alpha, Param, PartOf(*x))]
        }
        Elementwise::PreluGradInput { dx, dy, x, alpha } => vec![
            (*dx, Row, Same(*x)),
            (*dy, Row, Same(*x)),
            (*x, Value, Same(*dy)),
            (*alpha, Param, PartOf(*x)),
        ],
        Elementwise::PreluGradSlope { dalpha, dy, x } => {
            vec![(*dalpha, Gradient, PartOf(*x)), (*dy, Row, Same(*x)), (*x, Value, Same(*dy))]
        }
        Elementwise::Gate { y, x, n, .. } => {
            vec![(*y, Row, Multiple(n.clone())), (*x, Value, Times(*y, Dim::from(2)))]
        }
        Elementwise::GateGrad { dx, dy, x, n, .. } => vec![
            (*dx, Row, Times(*dy, Dim::from(2))),
            (*dy, Row, Multiple(n.clone())),
            (*x, Value, Times(*dy, Dim::from(2))),
        ],
        Elementwise::Axpby { y, a, b, .. }
        | Elementwise::Multiply { y, a, b }
        | Elementwise::Maximum { y, a, b } => {
            vec![(*y, Row, Same(*a)), (*a, Value, Same(*b)), (*b, Value, Same(*y))]
        }
        Elementwise::Scale { y, x, .. } => vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))],
        Elementwise::MaximumGrad { da, dy, a, b } => {
            let values = [*a, *b].map(|buf| (buf, Value, Same(*da)));
            [(*da, Row, Same(*dy)), (*dy, Row, Same(*da))].into_iter().chain(values).collect()
        }
    }
}
