//! Values put elsewhere as they are, or looked up.

use super::{
    Gradient, Is, Multiple, Operand, Param, PartOf, Row, Same, Share, Times, Value, ensure,
};
use crate::{plan::Arrange, shape::Dim};

pub(super) fn operands(verb: &Arrange) -> Vec<Operand> {
    match verb {
        Arrange::Copy { y, x } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y))]
        }
        Arrange::Zero { y } => vec![(*y, Row, Same(*y))],
        Arrange::Gather { y, x, view } => {
            vec![(*y, Row, Is(view.len())), (*x, Value, Is(view.input.clone()))]
        }
        Arrange::Scatter { y, x, view } => {
            vec![(*y, Row, Is(view.input.clone())), (*x, Value, Is(view.len()))]
        }
        Arrange::Upsample { y, x, sizes } => {
            vec![(*y, Row, Is(sizes.output_len())), (*x, Value, Is(sizes.input_len()))]
        }
        Arrange::UpsampleGrad { dx, dy, sizes } => {
            vec![(*dx, Row, Is(sizes.input_len())), (*dy, Row, Is(sizes.output_len()))]
        }
        Arrange::Embed { y, x, table, width } => vec![
            (*y, Row, Times(*x, width.clone())),
            (*x, Value, PartOf(*y)),
            (*table, Param, Multiple(width.clone())),
        ],
        Arrange::EmbedGrad { dtable, dy, x, width } => vec![
            (*dtable, Gradient, Multiple(width.clone())),
            (*dy, Row, Times(*x, width.clone())),
            (*x, Value, PartOf(*dy)),
        ],
        Arrange::Concat { y, parts } => {
            let width = Dim::sum(parts.iter().map(|(_, n)| n.clone()));
            let parts = parts.iter().map(|(x, n)| (*x, Value, Share(*y, n.clone(), width.clone())));
            [(*y, Row, Multiple(width.clone()))].into_iter().chain(parts).collect()
        }
        Arrange::Split { y, x, width, n, .. } => {
            vec![
                (*y, Row, Share(*x, n.clone(), width.clone())),
                (*x, Value, Multiple(width.clone())),
            ]
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Arrange) -> Result<(), String> {
    match verb {
        Arrange::Gather { view, .. } | Arrange::Scatter { view, .. } => {
            let inside = view.last().zip(view.input.literal()).is_none_or(|(last, len)| last < len);
            ensure(inside, || "the view leaves its sample".to_owned())
        }
        Arrange::Split { width, start, n, .. } => {
            let ends = [start, n, width].map(Dim::literal);
            let inside = !matches!(ends, [Some(start), Some(n), Some(width)] if start + n > width);
            ensure(inside, || format!("{start} + {n} leaves rows of {width}"))
        }
        _ => Ok(()),
    }
}
