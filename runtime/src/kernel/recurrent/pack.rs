//! The recurrent weight `[units, gates · units]` in panels of one vector of units each.

use crate::{
    kernel::{Recurrence, lanes::lanes},
    simd::{Scalar, Simd},
};

/// For every vector of units, their weights from each state, gate by gate:
/// `packed[block][k][gate][lane] = u[k][gate][block · LEN + lane]`, zero beyond the units.
#[inline(always)]
pub(super) fn by_unit<S: Simd, T: Scalar, const G: usize>(
    _simd: S,
    packed: &mut [T],
    u: &[T],
    units: usize,
) {
    let len = lanes::<S, T>();
    let panels = packed.chunks_exact_mut(units * G * len);
    for (panel, column) in panels.zip((0..units).step_by(len)) {
        let count = len.min(units - column);
        for (vector, from) in panel.chunks_exact_mut(len).zip(u.chunks_exact(units)) {
            vector[..count].copy_from_slice(&from[column..column + count]);
            vector[count..].fill(T::ZERO);
        }
    }
}

/// For every two vectors of states, their weights to each gate, vector by vector where two are left:
/// `packed[block][n][lane] = u[block · LEN + lane][n]`, zero beyond the states.
#[inline(always)]
pub(super) fn by_gate<S: Simd, T: Scalar>(_simd: S, packed: &mut [T], u: &[T], sizes: Recurrence) {
    let (len, width) = (lanes::<S, T>(), sizes.width());
    let panels = packed.chunks_mut(2 * width * len);
    for (panel, rows) in panels.zip(u.chunks(2 * len * width)) {
        let count = rows.len() / width;
        let lanes = count.next_multiple_of(len);
        for (n, vectors) in panel[..lanes * width].chunks_exact_mut(lanes).enumerate() {
            for (lane, value) in vectors[..count].iter_mut().enumerate() {
                *value = rows[lane * width + n];
            }
            vectors[count..].fill(T::ZERO);
        }
    }
}
