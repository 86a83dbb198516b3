//! Copies of a matrix in the order in which tiles read it.

use fearless_simd::SimdBase;

use crate::{
    kernel::{
        lanes::{lanes, splat},
        tile::{load_row, store_full, transpose},
    },
    simd::{Scalar, Simd},
};

/// Rows of `C` vectors, `stride` scalars apart, side by side.
///
/// Lanes beyond a row hold what lies there; they are never stored.
#[inline(always)]
pub(super) fn pack<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    panel: &mut [T],
    from: &[T],
    stride: usize,
) {
    for (i, to) in panel.chunks_exact_mut(C * lanes::<S, T>()).enumerate() {
        store_full(simd, load_row::<S, T, C>(simd, &from[i * stride..]), to);
    }
}

/// `panel[i][j] = from[j · stride + i]` for `columns` columns, at most `C` vectors, and `steps` steps;
/// what is beyond them is never stored.
#[inline(always)]
pub(super) fn pack_transposed<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    panel: &mut [T],
    from: &[T],
    stride: usize,
    columns: usize,
    steps: usize,
) {
    match lanes::<S, T>() {
        16 => squares::<S, T, C, 16>(simd, panel, from, stride, columns, steps),
        8 => squares::<S, T, C, 8>(simd, panel, from, stride, columns, steps),
        4 => squares::<S, T, C, 4>(simd, panel, from, stride, columns, steps),
        _ => squares::<S, T, C, 2>(simd, panel, from, stride, columns, steps),
    }
}

#[inline(always)]
fn squares<S: Simd, T: Scalar, const C: usize, const L: usize>(
    simd: S,
    panel: &mut [T],
    from: &[T],
    stride: usize,
    columns: usize,
    steps: usize,
) {
    for step in (0..steps).step_by(L) {
        let to = &mut panel[step * C * L..(step + L) * C * L];
        for column in (0..columns).step_by(L) {
            let (from, to) = (&from[column * stride + step..], &mut to[column..]);
            let ends = [L.min(columns - column), L.min(steps - step)];
            if from.len() >= (ends[0] - 1) * stride + L {
                square::<S, T, L>(simd, to, C * L, from, stride, ends[0]);
            } else {
                edge(to, C * L, from, stride, ends);
            }
        }
    }
}

/// `to[i][j] = from[j][i]` for a square of as many steps as a vector has lanes; the last of `columns`
/// stands for those that are missing.
#[inline(always)]
fn square<S: Simd, T: Scalar, const L: usize>(
    simd: S,
    to: &mut [T],
    width: usize,
    from: &[T],
    stride: usize,
    columns: usize,
) {
    let mut square = [splat::<S, T>(simd, T::ZERO); L];
    for l in 0..L {
        let start = l.min(columns - 1) * stride;
        square[l] = T::Vector::<S>::from_slice(simd, &from[start..start + L]);
    }
    let square = transpose::<S, T, L>(square);
    for l in 0..L {
        square[l].store_slice(&mut to[l * width..l * width + L]);
    }
}

/// `to[i][j] = from[j][i]` at the end of memory, where a vector would read beyond.
#[inline(always)]
fn edge<T: Scalar>(
    to: &mut [T],
    width: usize,
    from: &[T],
    stride: usize,
    [columns, steps]: [usize; 2],
) {
    for j in 0..columns {
        for (i, value) in from[j * stride..j * stride + steps].iter().enumerate() {
            to[i * width + j] = *value;
        }
    }
}
