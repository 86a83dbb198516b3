//! Matrix products: `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`.
//!
//! One operand is broadcast scalar by scalar from where it lies; the other is read as vectors, from
//! where it lies or from a panel of some steps of the depth and a few vectors.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over constants are unrolled, and vectors stay in registers"
)]

pub(crate) mod brain;
mod gemv;
pub(crate) mod half;
mod narrow;
pub(crate) mod operand;
pub(crate) mod output;
mod pack;
pub(crate) mod product;

use self::{
    operand::{ByRow, ByStep, Factors, Layout, Operand},
    output::Output,
    product::{BLOCK, Product, ROOM, Room, even},
};
use super::map;
use crate::{
    gradient::WeightGradient,
    parallel::{Columns, Rows, Share, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, Simd, dispatch},
};

/// Shares of the work are multiples of so many rows: equal shares count for more than whole tiles.
const UNIT: usize = 2;

/// Shares of the work are multiples of so many columns: those of the widest panels.
const WIDE: usize = 64;

/// Up to so many rows, a gradient is products of vectors: to transpose the weight would cost more.
const FEW: usize = 8;

/// `y[r, n] = fun(x[r, k] · w[k, n] + bias[n])`.
pub(crate) fn gemm<T: Scalar>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: &[T],
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    k: usize,
    n: usize,
) {
    let y = &mut y[..rows * n];
    if rows == 1 {
        dispatch!(T, cpu, simd => gemv::forward(simd, y, &x[..k], w, bias));
    } else if n == 1 && rows.min(k) >= gemv::lanes_at_most::<T>() {
        let bias = bias.map_or(T::ZERO, |bias| bias[0]);
        dispatch!(T, cpu, simd => gemv::dots(simd, y, &w[..k], x, bias, [rows, k]));
    } else {
        let mut product =
            Product::new(ByRow { values: x, stride: k }, Operand::plain(w, n, rows), k, n);
        product.bias = bias;
        if fun == Some(Fun::Relu) {
            product.floor = T::ZERO;
        }
        compute(cpu, product, y);
        if fun == Some(Fun::Relu) {
            return;
        }
    }
    if let Some(fun) = fun {
        map::map_assign(cpu, y, fun);
    }
}

/// `dx[r, k] = dy[r, n] · w[k, n]ᵀ`.
pub(crate) fn gemm_grad_input<T: Scalar>(
    cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    let dx = &mut dx[..rows * k];
    let factors = ByRow { values: dy, stride: n };
    if n == 1 {
        compute(cpu, Product::new(factors, Operand::plain(w, k, rows), n, k), dx);
    } else if rows <= FEW && k.min(n) >= gemv::lanes_at_most::<T>() {
        share(cpu, rows, 1, rows * k * n, Rows { values: dx, len: k }, &|range, dx| {
            let dy = &dy[range.start * n..range.end * n];
            dispatch!(T, cpu, simd => gemv::dots(simd, dx.values, dy, w, T::ZERO, [k, n]));
        });
    } else {
        let operand = Operand { values: w, stride: n, layout: Layout::Transposed };
        compute(cpu, Product::new(factors, operand, n, k), dx);
    }
}

/// `dw[k, n] = x[r, k]ᵀ · dy[r, n]`.
pub(crate) fn gemm_grad_weight<T: Scalar>(
    cpu: Cpu,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    let (dw, dy) = (&mut dw[..k * n], &dy[..rows * n]);
    if rows == 0 {
        dw.fill(T::ZERO);
    } else if n == 1 {
        dispatch!(T, cpu, simd => gemv::forward(simd, dw, dy, x, None));
    } else {
        let factors = ByStep { values: x, stride: k };
        compute(cpu, Product::new(factors, Operand::plain(dy, n, k), rows, n), dw);
    }
}

/// The gradient of a weight in blocks of rows that stay in the caches: `then` sees each, with its part of
/// the rows of `data`, before the next is computed in the same place.
pub(crate) fn gemm_grad_weight_by_blocks<T: Scalar, D: Share>(
    cpu: Cpu,
    room: &mut [T],
    gradient: WeightGradient<'_, T>,
    data: D,
    then: &(impl Fn(&[T], D) + Sync),
) {
    let WeightGradient { x, dy, rows, inputs, outputs } = gradient;
    let product = Product::new(
        ByStep { values: x, stride: inputs },
        Operand::plain(dy, outputs, inputs),
        rows,
        outputs,
    );
    let (work, room) = (rows * inputs * outputs, Rows { values: room, len: outputs });
    share(cpu, inputs, UNIT, work, (room, data), &|range, (room, mut data)| {
        let high = even(range.len(), BLOCK, UNIT);
        for first in range.clone().step_by(high) {
            let high = high.min(range.end - first);
            let (block_data, rest) = data.split(high);
            let dw = &mut room.values[..high * outputs];
            if rows == 0 {
                dw.fill(T::ZERO);
            } else {
                block(cpu, product.rows(first), Output::Whole(dw, outputs));
            }
            then(dw, block_data);
            data = rest;
        }
    });
}

/// Computes a product. Threads share the rows, or the columns where the rows are one block: every
/// panel is packed once then.
fn compute<T: Scalar, F: Factors<T>>(cpu: Cpu, product: Product<'_, T, F>, y: &mut [T]) {
    if y.is_empty() {
        return;
    }
    let (columns, work) = (product.columns, y.len() * product.depth);
    let rows = y.len() / columns;
    if cpu.threads() > 1 && rows <= BLOCK && columns >= 2 * WIDE {
        let y = Columns::<T, BLOCK>::new(y, columns);
        share(cpu, columns, WIDE, work, y, &|range, mut y| {
            block(cpu, product.columns(range), Output::Parts(y.rows()));
        });
    } else {
        share(cpu, rows, UNIT, work, Rows { values: y, len: columns }, &|range, y| {
            let high = even(range.len(), BLOCK, UNIT);
            for (i, y) in y.values.chunks_mut(high * columns).enumerate() {
                block(cpu, product.rows(range.start + i * high), Output::Whole(y, columns));
            }
        });
    }
}

/// Computes a block of rows on this thread, with room for a panel if it needs one.
fn block<T: Scalar, F: Factors<T>>(cpu: Cpu, product: Product<'_, T, F>, mut y: Output<'_, '_, T>) {
    let (mut little, mut whole);
    let room: &mut [T] = match product.room() {
        0 => &mut [],
        1..=LITTLE => {
            little = Room::<T, LITTLE>::new();
            little.scalars()
        }
        _ => {
            whole = Room::<T, ROOM>::new();
            whole.scalars()
        }
    };
    dispatch!(T, cpu, simd => product.compute(simd, &mut y, room));
}

/// `y[r, n] = x[r, k] · w[k, n]` on this thread, within a kernel; `n` is 16 or a multiple of 32.
#[inline(always)]
pub(crate) fn multiply<S: Simd, T: Scalar>(
    simd: S,
    y: &mut [T],
    x: &[T],
    w: &[T],
    k: usize,
    n: usize,
) {
    let operand = Operand { values: w, stride: n, layout: Layout::Direct };
    let product = Product::new(ByRow { values: x, stride: k }, operand, k, n);
    product.compute(simd, &mut Output::Whole(y, n), &mut []);
}

/// `dw[k, n] += x[r, k]ᵀ · dy[r, n]` likewise.
#[inline(always)]
pub(crate) fn add_gradient<S: Simd, T: Scalar>(
    simd: S,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    [k, n]: [usize; 2],
) {
    let operand = Operand { values: dy, stride: n, layout: Layout::Direct };
    let product = Product::new(ByStep { values: x, stride: k }, operand, rows, n).adding(true);
    product.compute(simd, &mut Output::Whole(dw, n), &mut []);
}

/// Scalars of a panel that is quickly made.
const LITTLE: usize = 1024;
