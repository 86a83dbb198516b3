//! Products with weights that are stored in 16 bits: half the bytes come from memory, and are widened
//! on their way into the registers or into the panel. The arithmetic is that of `f32`.

use fearless_simd::SimdFloat;

use super::{
    operand::{ByRow, Operand},
    output::Output,
    product::{BLOCK, Product, ROOM, Room},
};
use crate::{
    kernel::{
        lanes::{lanes, splat},
        map,
        tile::{load_row, store_row},
        widen::Widen,
    },
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, dispatch},
};

/// Below this number of rows a panel costs more than it saves.
const FEW: usize = 4;

/// Parts of the depth that are read together, as in [`gemv`](super::gemv).
const STREAMS: usize = 4;

/// Scalars of the widest row: eight vectors of sixteen.
const WIDEST: usize = 128;

/// A weight that is stored in 16 bits.
pub(super) trait Narrow: Copy + Sync {
    /// `y[n] = x[k] · self[k, n] + bias[n]`.
    fn row<S: Widen>(self, simd: S, y: &mut [f32], x: &[f32], bias: Option<&[f32]>);

    /// `y = product` with this weight as its operand, in panels that are made in `room`.
    fn panels<S: Widen>(
        self,
        simd: S,
        y: &mut Output<'_, '_, f32>,
        product: &Product<'_, f32, ByRow<'_, f32>>,
        room: &mut [f32],
    );
}

/// `y[r, n] = fun(x[r, k] · w[k, n] + bias[n])`.
pub(super) fn gemm(
    cpu: Cpu,
    y: &mut [f32],
    x: &[f32],
    w: impl Narrow,
    bias: Option<&[f32]>,
    fun: Option<Fun>,
    rows: usize,
    k: usize,
    n: usize,
) {
    let y = Rows { values: &mut y[..rows * n], len: n };
    let few = rows < FEW;
    share(cpu, rows, 12, rows * k * n, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        if few {
            dispatch!(f32, cpu, simd => few_rows(simd, y.values, x, w, bias, [k, n]));
        } else {
            dispatch!(f32, cpu, simd => many_rows(simd, y.values, x, w, bias, [k, n]));
        }
        if let Some(fun) = fun {
            map::apply(cpu, y.values, fun);
        }
    });
}

/// Row by row.
#[inline(always)]
fn few_rows<S: Widen>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: impl Narrow,
    bias: Option<&[f32]>,
    [k, n]: [usize; 2],
) {
    for (y, x) in y.chunks_mut(n).zip(x.chunks(k)) {
        w.row(simd, y, x, bias);
    }
}

/// Panel by panel, each of which meets all rows of a block.
#[inline(always)]
fn many_rows<S: Widen>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: impl Narrow,
    bias: Option<&[f32]>,
    [k, n]: [usize; 2],
) {
    let mut room = Room::<f32, ROOM>::new();
    for (y, x) in y.chunks_mut(BLOCK * n).zip(x.chunks(BLOCK * k)) {
        let factors = ByRow { values: x, stride: k };
        let mut product = Product::new(factors, Operand::plain(&[], n, BLOCK), k, n);
        product.bias = bias;
        w.panels(simd, &mut Output::Whole(y, n), &product, room.scalars());
    }
}

/// How a row of weights is stored.
pub(super) trait Stored {
    /// `C` vectors, all of whose values are there.
    fn full<S: Widen, const C: usize>(simd: S, bits: &[u16]) -> [S::f32s; C];

    /// The first `C` vectors of `bits`; lanes beyond their end are zero.
    #[inline(always)]
    fn part<S: Widen, const C: usize>(simd: S, bits: &[u16]) -> [S::f32s; C] {
        match bits.get(..C * lanes::<S, f32>()) {
            Some(full) => Self::full(simd, full),
            None => {
                let mut room = [0; WIDEST];
                room[..bits.len()].copy_from_slice(bits);
                Self::full(simd, &room[..C * lanes::<S, f32>()])
            }
        }
    }
}

/// `C` vectors of a row, with `A` sets of accumulators; returns `C`.
#[inline(always)]
pub(super) fn piece<S: Widen, W: Stored, const C: usize, const A: usize>(
    simd: S,
    y: &mut [f32],
    x: &[f32],
    w: &[u16],
    bias: Option<&[f32]>,
    stride: usize,
) -> usize {
    let start = bias.map_or([splat::<S, f32>(simd, 0.0); C], |bias| load_row(simd, bias));
    store_row(simd, sums::<S, W, C, A>(simd, start, x, w, stride), y);
    C
}

/// `start[C] + x · w` over the first `C` vectors of the rows of `w`, with `A` sets of accumulators.
#[inline(always)]
pub(super) fn sums<S: Widen, W: Stored, const C: usize, const A: usize>(
    simd: S,
    start: [S::f32s; C],
    x: &[f32],
    w: &[u16],
    stride: usize,
) -> [S::f32s; C] {
    let mut sums = [[splat::<S, f32>(simd, 0.0); C]; A];
    sums[0] = start;
    let whole = whole_rows(w.len(), x.len(), stride, C * lanes::<S, f32>());
    let part = whole / STREAMS;
    for i in 0..part {
        for s in 0..STREAMS {
            let at = s * part + i;
            let row = W::full(simd, &w[at * stride..][..C * lanes::<S, f32>()]);
            sums[s % A] = add_row(simd, sums[s % A], x[at], row);
        }
    }
    for at in STREAMS * part..x.len() {
        sums[0] = add_row(simd, sums[0], x[at], W::part(simd, &w[at * stride..]));
    }
    for a in 1..A {
        let others = sums[a];
        for (sum, other) in sums[0].iter_mut().zip(others) {
            *sum += other;
        }
    }
    sums[0]
}

/// How many of `rows` rows have `width` values behind their first one.
#[inline(always)]
fn whole_rows(len: usize, rows: usize, stride: usize, width: usize) -> usize {
    if len < width { 0 } else { rows.min((len - width) / stride + 1) }
}

/// `sum + factor · row`.
#[inline(always)]
fn add_row<S: Widen, const C: usize>(
    simd: S,
    mut sum: [S::f32s; C],
    factor: f32,
    row: [S::f32s; C],
) -> [S::f32s; C] {
    let factor = splat::<S, f32>(simd, factor);
    for c in 0..C {
        sum[c] = factor.mul_add(row[c], sum[c]);
    }
    sum
}
