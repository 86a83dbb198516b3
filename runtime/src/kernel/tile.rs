//! The register tile: `R` rows by `C` vectors of accumulators, which all matrix products and
//! convolutions are made of, and the panels of the operand that is read as vectors.
//!
//! An accumulator adds its products one by one in the order of the depth, whatever the tile, so an
//! element has the same bits in every tile.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

use core::ops::Range;

use fearless_simd::{SimdBase, SimdFloat};

use super::lanes::{lanes, splat};
use crate::simd::{Scalar, Simd};

/// Vectors of a panel: 16 KiB of them where a vector has 32 bytes.
const VECTORS: usize = 512;

/// The largest depth of a panel.
pub(crate) const DEPTH: usize = 256;

/// Room for a block of the vector operand, `C` vectors for each step of the depth.
pub(crate) type Panel<V> = [V; VECTORS];

/// Accumulators in registers.
pub(crate) type Tile<V, const R: usize, const C: usize> = [[V; C]; R];

/// An empty panel.
#[inline(always)]
pub(crate) fn panel<S: Simd, T: Scalar>(simd: S) -> Panel<T::Vector<S>> {
    [splat(simd, T::ZERO); VECTORS]
}

/// The steps of a panel, [`DEPTH`] at most.
#[inline(always)]
pub(crate) fn steps_of<V, const C: usize>(panel: &mut [V]) -> &mut [[V; C]] {
    let steps = panel.as_chunks_mut().0;
    let depth = steps.len().min(DEPTH);
    &mut steps[..depth]
}

/// An empty tile.
#[inline(always)]
pub(crate) fn zeros<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
) -> Tile<T::Vector<S>, R, C> {
    [[splat(simd, T::ZERO); C]; R]
}

/// Rows of a matrix into a panel: `panel[i][c] = from[i · stride + c · LEN ..]`.
///
/// Lanes beyond a row hold what lies there; they are never stored.
#[inline(always)]
pub(crate) fn pack<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    panel: &mut [[T::Vector<S>; C]],
    from: &[T],
    stride: usize,
) {
    for (i, row) in panel.iter_mut().enumerate() {
        *row = load_row(simd, &from[i * stride..]);
    }
}

/// Columns of a matrix into a panel: `panel[i][c][l] = from[(c · LEN + l) · stride + i]`, for the
/// first `rows` of its rows; the others are zero.
#[inline(always)]
pub(crate) fn pack_transposed<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    panel: &mut [[T::Vector<S>; C]],
    from: &[T],
    stride: usize,
    rows: usize,
) {
    match lanes::<S, T>() {
        16 => transpose_into::<S, T, C, 16>(simd, panel, from, stride, rows),
        8 => transpose_into::<S, T, C, 8>(simd, panel, from, stride, rows),
        4 => transpose_into::<S, T, C, 4>(simd, panel, from, stride, rows),
        _ => transpose_into::<S, T, C, 2>(simd, panel, from, stride, rows),
    }
}

#[inline(always)]
fn transpose_into<S: Simd, T: Scalar, const C: usize, const L: usize>(
    simd: S,
    panel: &mut [[T::Vector<S>; C]],
    from: &[T],
    stride: usize,
    rows: usize,
) {
    let depth = panel.len();
    for (block, panel) in panel.chunks_mut(L).enumerate() {
        for c in 0..C {
            let mut square = [splat::<S, T>(simd, T::ZERO); L];
            for (l, vector) in square.iter_mut().enumerate() {
                if c * L + l < rows {
                    let start = (c * L + l) * stride;
                    [*vector] = load_row(simd, &from[start + block * L..start + depth]);
                }
            }
            let square = transpose::<S, T, L>(square);
            for (row, vector) in panel.iter_mut().zip(square) {
                row[c] = vector;
            }
        }
    }
}

/// The transpose of a square of vectors: as many perfect shuffles of its rows as `log2 L`.
#[inline(always)]
pub(crate) fn transpose<S: Simd, T: Scalar, const L: usize>(
    mut square: [T::Vector<S>; L],
) -> [T::Vector<S>; L] {
    let mut done = 1;
    while done < L {
        let rows = square;
        for i in 0..L / 2 {
            (square[2 * i], square[2 * i + 1]) = rows[i].interleave(rows[i + L / 2]);
        }
        done *= 2;
    }
    square
}

/// `tile[r][c] += rows[r][i] · panel[i][c]`, summed over the panel.
#[inline(always)]
pub(crate) fn multiply_rows<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    mut tile: Tile<T::Vector<S>, R, C>,
    rows: [&[T]; R],
    panel: &[[T::Vector<S>; C]],
) -> Tile<T::Vector<S>, R, C> {
    let depth = panel.len();
    let mut bounded = rows;
    for row in &mut bounded {
        *row = &row[..depth];
    }
    for i in 0..depth {
        let vectors = panel[i];
        for r in 0..R {
            let factor = splat::<S, T>(simd, bounded[r][i]);
            for c in 0..C {
                tile[r][c] = factor.mul_add(vectors[c], tile[r][c]);
            }
        }
    }
    tile
}

/// Scalars of the widest row of a tile.
const ROOM: usize = 128;

#[inline(always)]
pub(crate) fn load_full<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    full: &[T],
) -> [T::Vector<S>; C] {
    let (mut row, len) = ([splat::<S, T>(simd, T::ZERO); C], lanes::<S, T>());
    for c in 0..C {
        row[c] = T::Vector::<S>::from_slice(simd, &full[c * len..(c + 1) * len]);
    }
    row
}

#[inline(always)]
pub(crate) fn store_full<S: Simd, T: Scalar, const C: usize>(
    _: S,
    row: [T::Vector<S>; C],
    full: &mut [T],
) {
    let len = lanes::<S, T>();
    for c in 0..C {
        row[c].store_slice(&mut full[c * len..(c + 1) * len]);
    }
}

/// The values of `y` into a row of a tile; what is less than a row goes through a whole one, so that
/// the vectors of whole rows stay in registers.
#[inline(always)]
pub(crate) fn load_row<S: Simd, T: Scalar, const C: usize>(simd: S, y: &[T]) -> [T::Vector<S>; C] {
    match y.get(..C * lanes::<S, T>()) {
        Some(full) => load_full(simd, full),
        None => {
            let mut room = [T::ZERO; ROOM];
            room[..y.len()].copy_from_slice(y);
            load_full(simd, &room[..C * lanes::<S, T>()])
        }
    }
}

/// A row of a tile to `y`, as far as it goes.
#[inline(always)]
pub(crate) fn store_row<S: Simd, T: Scalar, const C: usize>(
    simd: S,
    row: [T::Vector<S>; C],
    y: &mut [T],
) {
    match y.get_mut(..C * lanes::<S, T>()) {
        Some(full) => store_full(simd, row, full),
        None => {
            let mut room = [T::ZERO; ROOM];
            store_full(simd, row, &mut room[..C * lanes::<S, T>()]);
            y.copy_from_slice(&room[..y.len()]);
        }
    }
}

/// Some columns of the rows of `y` as a tile; its other lanes are zero.
#[inline(always)]
pub(crate) fn load_tile<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    y: &[&mut [T]; R],
    columns: Range<usize>,
) -> Tile<T::Vector<S>, R, C> {
    let (mut tile, len) = (zeros::<S, T, R, C>(simd), lanes::<S, T>());
    if columns.len() == C * len {
        for r in 0..R {
            tile[r] = load_full(simd, &y[r][columns.clone()]);
        }
        return tile;
    }
    let mut edge = [[T::ZERO; EDGE]; R];
    let whole = columns.len() / len;
    for r in 0..R {
        copy_short(&y[r][columns.start + whole * len..columns.end], &mut edge[r]);
    }
    for c in 0..C {
        for r in 0..R {
            if c < whole {
                let start = columns.start + c * len;
                tile[r][c] = T::Vector::<S>::from_slice(simd, &y[r][start..start + len]);
            } else if c == whole {
                tile[r][c] = T::Vector::<S>::from_slice(simd, &edge[r][..len]);
            }
        }
    }
    tile
}

/// A tile to some columns of the rows of `y`.
#[inline(always)]
pub(crate) fn store_tile<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    tile: Tile<T::Vector<S>, R, C>,
    y: &mut [&mut [T]; R],
    columns: Range<usize>,
) {
    let len = lanes::<S, T>();
    if columns.len() == C * len {
        for r in 0..R {
            store_full(simd, tile[r], &mut y[r][columns.clone()]);
        }
        return;
    }
    let mut edge = [[T::ZERO; EDGE]; R];
    let whole = columns.len() / len;
    for c in 0..C {
        for r in 0..R {
            if c < whole {
                let start = columns.start + c * len;
                tile[r][c].store_slice(&mut y[r][start..start + len]);
            } else if c == whole {
                tile[r][c].store_slice(&mut edge[r][..len]);
            }
        }
    }
    for r in 0..R {
        copy_short(&edge[r], &mut y[r][columns.start + whole * len..columns.end]);
    }
}

/// Rows of so many scalars, one after the other and narrower than those of the tile, whose other lanes hold
/// what lies there.
#[inline(always)]
pub(crate) fn load_narrow<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    y: &[T],
    len: usize,
) -> Tile<T::Vector<S>, R, C> {
    let mut tile = zeros::<S, T, R, C>(simd);
    for r in 0..R {
        tile[r] = load_row(simd, &y[r * len..]);
    }
    tile
}

/// A tile to rows of so many scalars, one after the other and narrower than its own: what a row writes
/// beyond its end, the next writes again.
#[inline(always)]
pub(crate) fn store_narrow<S: Simd, T: Scalar, const R: usize, const C: usize>(
    simd: S,
    tile: Tile<T::Vector<S>, R, C>,
    y: &mut [T],
    len: usize,
) {
    for r in 0..R {
        let (from, width) = (r * len, C * lanes::<S, T>());
        match y.get_mut(from..from + width) {
            Some(full) => store_full(simd, tile[r], full),
            None => store_row(simd, tile[r], &mut y[from..from + len]),
        }
    }
}

/// Scalars of the widest vector.
const EDGE: usize = 16;

/// Copies as many scalars as both have, less than a vector: faster than `memcpy`, and one function for
/// all tiles and levels.
#[inline(never)]
fn copy_short<T: Copy>(from: &[T], to: &mut [T]) {
    let mut done = 0;
    copy_pieces::<T, 8>(from, to, &mut done);
    copy_pieces::<T, 4>(from, to, &mut done);
    copy_pieces::<T, 2>(from, to, &mut done);
    copy_pieces::<T, 1>(from, to, &mut done);
}

#[inline(always)]
fn copy_pieces<T: Copy, const N: usize>(from: &[T], to: &mut [T], done: &mut usize) {
    while let Some(from) = from[*done..].first_chunk::<N>()
        && let Some(to) = to[*done..].first_chunk_mut::<N>()
    {
        *to = *from;
        *done += N;
    }
}

/// Calls `$body` with `$C` the vectors of the next columns: with `$R` rows of them as many
/// accumulators as the registers of the level hold, and no more rows than there are registers for
/// their addresses.
macro_rules! with_columns {
    ($S:ty, $T:ty, $left:expr, $C:ident => $body:expr) => {
        match $left.div_ceil($crate::kernel::lanes::lanes::<$S, $T>()) {
            3.. if const { $crate::kernel::lanes::many_registers::<$S, $T>() } => {
                const $C: usize = 4;
                $body
            }
            ..=1 if const { !$crate::kernel::lanes::seldom::<$S, $T>() } => {
                const $C: usize = 1;
                $body
            }
            _ => {
                const $C: usize = 2;
                $body
            }
        }
    };
}
pub(crate) use with_columns;

/// Calls `$body` with `$R` the rows of the next tile of `$C` vectors.
macro_rules! with_tile_rows {
    ($S:ty, $T:ty, $C:expr, $left:expr, $R:ident => $body:expr) => {
        if const { $crate::kernel::lanes::seldom::<$S, $T>() } {
            with_tile_rows!(@match $left, $R => $body, 4.. => 4)
        } else if const { $C == 1 || ($C == 2 && $crate::kernel::lanes::many_registers::<$S, $T>()) } {
            with_tile_rows!(@match $left, $R => $body, 8.. => 8, 4.. => 4, 2.. => 2)
        } else {
            with_tile_rows!(@match $left, $R => $body,
                6.. => 6, 4.. => 4, 2.. => 2)
        }
    };
    (@match $left:expr, $R:ident => $body:expr, $($left_rows:pat => $rows:literal),*) => {
        match $left {
            $($left_rows => { const $R: usize = $rows; $body })*
            _ => { const $R: usize = 1; $body }
        }
    };
}
pub(crate) use with_tile_rows;

/// The most vectors of a row of a tile.
pub(crate) const WIDEST: usize = 4;

/// The most rows of a tile.
pub(crate) const MOST_ROWS: usize = 8;
