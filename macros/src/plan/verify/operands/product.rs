//! Products of matrices, and the sums beside them.

use super::{
    CopiesOf, Gradient, Is, Operand, Param, PartOf, Role, Row, Size, Value, ensure, times,
};
use crate::{
    plan::{Buf, Dense, Product},
    shape::Dim,
};

pub(super) fn operands(verb: &Product) -> Vec<Operand> {
    match verb {
        Product::Gemm { y, x, w, bias, m, k, n, .. } => {
            let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
            let operands = [
                (*y, Row, Is(times([m, n]))),
                (*x, Value, Is(times([m, k]))),
                (*w, Param, Is(times([k, n]))),
            ];
            operands.into_iter().chain(bias).collect()
        }
        Product::DenseChain { y, x, layers } => chain(*y, *x, layers),
        Product::GemmGradInput { dx, dy, w, m, k, n } => vec![
            (*dx, Row, Is(times([m, k]))),
            (*dy, Row, Is(times([m, n]))),
            (*w, Param, Is(times([k, n]))),
        ],
        Product::GemmGradWeight { dw, x, dy, m, k, n } => vec![
            (*dw, Gradient, Is(times([k, n]))),
            (*x, Value, Is(times([m, k]))),
            (*dy, Row, Is(times([m, n]))),
        ],
        Product::AddBias { y, bias } => {
            vec![(*y, Row, CopiesOf(*bias)), (*bias, Param, PartOf(*y))]
        }
        Product::SumRows { db, dy } => {
            vec![(*db, Gradient, PartOf(*dy)), (*dy, Row, CopiesOf(*db))]
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Product) -> Result<(), String> {
    match verb {
        Product::DenseChain { layers, .. } => {
            let fits = layers.windows(2).all(|pair| pair[0].n == pair[1].k);
            ensure(fits && !layers.is_empty(), || "a layer does not fit the one before".to_owned())
        }
        _ => Ok(()),
    }
}

fn chain(y: Buf, x: Buf, layers: &[Dense]) -> Vec<(Buf, Role, Size)> {
    let end = |layer: Option<&Dense>, size: fn(&Dense) -> &Dim| {
        Is(layer.map_or(Dim::Unknown, |layer| size(layer).clone()))
    };
    let ends = [
        (y, Row, end(layers.last(), |layer| &layer.n)),
        (x, Value, end(layers.first(), |layer| &layer.k)),
    ];
    let params = layers.iter().flat_map(|Dense { w, bias, k, n, .. }| {
        let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
        Some((*w, Param, Is(times([k, n])))).into_iter().chain(bias)
    });
    ends.into_iter().chain(params).collect()
}
