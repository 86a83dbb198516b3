//! The tables of a layer of one's own, computed while the program compiles.

use super::{CustomLayer, MOST_PARAMETERS, Parameter};
use crate::{
    network::{Packing, ParamInfo},
    part::EMPTY,
};

/// The number of its parameters.
pub(super) const fn len<L: CustomLayer>() -> usize {
    let (mut len, mut at) = (0, 0);
    while at < L::PARAMETERS.len() {
        len += product(L::PARAMETERS[at].shape);
        at += 1;
    }
    len
}

/// Its table, with room for more: one after the other, in prepared weights too.
pub(super) const fn table<L: CustomLayer>() -> [ParamInfo; MOST_PARAMETERS] {
    assert!(L::PARAMETERS.len() <= MOST_PARAMETERS, "a layer has at most 16 parameter tensors");
    let (mut table, mut offset, mut at) = ([EMPTY; MOST_PARAMETERS], 0, 0);
    while at < L::PARAMETERS.len() {
        table[at] = info(&L::PARAMETERS[at], offset);
        offset += table[at].len;
        at += 1;
    }
    table
}

const fn info(parameter: &Parameter, offset: usize) -> ParamInfo {
    let Parameter { name, shape, init, decays } = *parameter;
    let [fan_in, fan_out] = fans(shape);
    ParamInfo {
        name,
        shape,
        offset,
        len: product(shape),
        trained: true,
        decays,
        init,
        fan_in,
        fan_out,
        packing: Packing::Plain,
        packed: offset,
        ..EMPTY
    }
}

/// Of `[taps.., inputs, outputs]`.
const fn fans(shape: &[usize]) -> [usize; 2] {
    match shape {
        [] => [1, 1],
        [n] => [*n, *n],
        [taps @ .., inputs, outputs] => [product(taps) * *inputs, product(taps) * *outputs],
    }
}

const fn product(sizes: &[usize]) -> usize {
    let (mut product, mut at) = (1, 0);
    while at < sizes.len() {
        product *= sizes[at];
        at += 1;
    }
    product
}
