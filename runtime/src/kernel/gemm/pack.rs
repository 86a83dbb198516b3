//! Copies of a matrix in the order in which tiles read it.

use fearless_simd::SimdBase;

use crate::{
    kernel::{
        lanes::{lanes, load},
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
        let rows = L.min(steps - step);
        for c in 0..columns.div_ceil(L) {
            let from = &from[c * L * stride + step..];
            let square = square::<S, T, L>(simd, from, stride, columns - c * L);
            let square = transpose::<S, T, L>(square);
            let to = &mut panel[step * C * L + c * L..];
            if rows == L {
                for i in 0..L {
                    square[i].store_slice(&mut to[i * C * L..i * C * L + L]);
                }
            } else {
                for i in 0..rows {
                    square[i].store_slice(&mut to[i * C * L..i * C * L + L]);
                }
            }
        }
    }
}

/// A vector from each of `L` rows; the last of `columns` rows stands for those that are missing.
#[inline(always)]
fn square<S: Simd, T: Scalar, const L: usize>(
    simd: S,
    from: &[T],
    stride: usize,
    columns: usize,
) -> [T::Vector<S>; L] {
    let mut square = [load(simd, from); L];
    if columns >= L && from.len() >= (L - 1) * stride + L {
        for l in 1..L {
            square[l] = T::Vector::<S>::from_slice(simd, &from[l * stride..l * stride + L]);
        }
    } else {
        for l in 1..columns.min(L) {
            square[l] = load(simd, &from[l * stride..]);
        }
    }
    square
}
