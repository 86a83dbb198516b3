//! Recurrent layers, and what is done at one time step.

use super::{
    CopiesOf, Fixed, Is, Kept, Multiple, Operand, Param, Role, Row, Same, Shared, Size, Value,
    divides, ensure, times,
};
use crate::{
    plan::{Buf, Cell, Sequence, Taps},
    shape::Dim,
};

pub(super) fn operands(verb: &Sequence) -> Vec<Operand> {
    match verb {
        Sequence::CausalChain { y, x, layers } => causal_chain(*y, *x, layers),
        Sequence::AddRow { y, x, table } => {
            vec![(*y, Row, Same(*x)), (*x, Value, Same(*y)), (*table, Param, CopiesOf(*y))]
        }
        Sequence::RunningMean { y, mean, x } => {
            vec![(*y, Row, Same(*x)), (*mean, Kept, Same(*x)), (*x, Value, Same(*y))]
        }
        Sequence::Recur { y, gates, before, cells, packed, u, bias, sizes } => {
            let cells = cells.map(|cells| (cells, Row, Is(sizes.states().len())));
            let bias = bias.map(|bias| (bias, Param, Is(sizes.width())));
            let operands = [
                (*y, Row, Is(sizes.output().len())),
                (*gates, Row, Is(sizes.gates().len())),
                (*before, Row, Is(sizes.states().len())),
                (*packed, Fixed, Is(sizes.packed().len())),
                (*u, Param, Is(sizes.weight().len())),
            ];
            operands.into_iter().chain(cells).chain(bias).collect()
        }
        Sequence::RecurStep {
            y,
            x,
            state,
            cells,
            products,
            w,
            u,
            bias,
            recurrent_bias,
            cell,
            k,
            units,
        } => {
            let width = times([&Dim::from(cell.gates()), units]);
            let operands = [
                (*y, Row, Is(units.clone())),
                (*x, Value, Is(k.clone())),
                (*state, Kept, Is(units.clone())),
                (*products, Row, Is(times([&Dim::from(2), &width]))),
                (*w, Param, Is(times([k, &width]))),
                (*u, Param, Is(times([units, &width]))),
            ];
            let cells = cells.map(|cells| (cells, Kept, Is(units.clone())));
            let biases = bias.iter().chain(recurrent_bias);
            let biases = biases.map(|bias| (*bias, Param, Is(width.clone())));
            operands.into_iter().chain(cells).chain(biases).collect()
        }
        Sequence::RecurGrad { gates, recurrent, carry, packed, dy, u, before, cells, sizes } => {
            let recurrent = recurrent.map(|recurrent| (recurrent, Row, Same(*gates)));
            let carry = carry.map(|carry| (carry, Row, Is(sizes.units.clone())));
            let cells = cells.map(|cells| (cells, Row, Same(*before)));
            let operands = [
                (*gates, Row, Is(sizes.gates().len())),
                (*packed, Fixed, Is(sizes.packed().len())),
                (*dy, Row, Is(sizes.output().len())),
                (*u, Param, Is(sizes.weight().len())),
                (*before, Row, Is(sizes.states().len())),
            ];
            operands.into_iter().chain(recurrent).chain(carry).chain(cells).collect()
        }
    }
}

/// What else holds of their sizes.
pub(super) fn sizes(verb: &Sequence) -> Result<(), String> {
    match verb {
        Sequence::CausalChain { layers, .. } => causal(layers),
        Sequence::Recur { cells, sizes, .. } => {
            ensure(cells.is_some() == sizes.cell.has_cells(), || {
                "cells are kept where the unit has them".to_owned()
            })
        }
        Sequence::RecurStep { cells, recurrent_bias, cell, .. } => {
            let fits = cells.is_some() == (*cell == Cell::Lstm)
                && (recurrent_bias.is_none() || *cell == Cell::Gru);
            ensure(fits, || "a unit keeps its cell where it has one".to_owned())
        }
        Sequence::RecurGrad { recurrent, carry, cells, sizes, .. } => {
            let has = [cells, carry].map(Option::is_some) == [sizes.cell.has_cells(); 2];
            let apart = recurrent.is_some() == (sizes.cell == Cell::Gru);
            ensure(has && apart && sizes.slots == sizes.steps, || {
                "every step of what the unit needs is kept".to_owned()
            })
        }
        _ => Ok(()),
    }
}

fn causal_chain(y: Buf, x: Buf, layers: &[Taps]) -> Vec<(Buf, Role, Size)> {
    let unknown = || Dim::Unknown;
    let ends = [
        (y, Row, Is(layers.last().map_or_else(unknown, |layer| layer.n.clone()))),
        (x, Value, Is(layers.first().map_or_else(unknown, |layer| layer.k.clone()))),
    ];
    let operands =
        layers.iter().flat_map(|Taps { ring, w, bias, kernel, groups, k, n, .. }| {
            let ring = ring.map(|ring| (ring, Kept, Multiple(k.clone())));
            let bias = bias.map(|bias| (bias, Param, Is(n.clone())));
            let weight = Shared(times([&Dim::from(*kernel), k, n]), *groups);
            Some((*w, Param, weight)).into_iter().chain(ring).chain(bias)
        });
    ends.into_iter().chain(operands).collect()
}

/// Layers fit each other, their groups the channels; those of several taps have a ring.
fn causal(layers: &[Taps]) -> Result<(), String> {
    let fits = layers.windows(2).all(|pair| pair[0].n == pair[1].k);
    ensure(fits && !layers.is_empty(), || "a layer does not fit the one before".to_owned())?;
    layers.iter().try_for_each(|Taps { ring, kernel, groups, k, n, .. }| {
        let groups = Dim::from(*groups);
        ensure(divides(&groups, k) && divides(&groups, n), || {
            format!("{groups} groups do not divide the channels")
        })?;
        ensure(ring.is_some() == (*kernel > 1), || format!("{kernel} taps have no ring"))
    })
}
