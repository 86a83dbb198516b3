//! Matrix products: `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`.
//!
//! One operand is broadcast scalar by scalar from where it lies; the other is read as vectors, from
//! where it lies or from a panel of some steps of the depth and a few vectors.

mod gemv;
mod operand;
mod pack;
mod product;

use self::{
    operand::{ByRow, ByStep, Factors},
    product::{Layout, Operand, Product, Room},
};
use super::map;
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, dispatch},
};

/// Shares of the work are multiples of so many rows: equal shares count for more than whole tiles.
const UNIT: usize = 2;

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
    let y = Rows { values: &mut y[..rows * n], len: n };
    share(cpu, rows, UNIT, rows * k * n, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        let mut left = fun;
        if rows == 1 {
            dispatch!(cpu, simd => gemv::forward(simd, y.values, x, w, bias));
        } else if n == 1 && range.len().min(k) >= gemv::lanes_at_most::<T>() {
            let bias = bias.map_or(T::ZERO, |bias| bias[0]);
            dispatch!(cpu, simd => gemv::dots(simd, y.values, w, x, bias, [range.len(), k]));
        } else {
            let operand = Operand::plain(w, n, range.len());
            let mut product = Product::new(ByRow { values: x, stride: k }, operand, k, n);
            product.bias = bias;
            if fun == Some(Fun::Relu) {
                (product.floor, left) = (T::ZERO, None);
            }
            run(cpu, product, y.values);
        }
        if let Some(fun) = left {
            map::apply(cpu, y.values, fun);
        }
    });
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
    let dx = Rows { values: &mut dx[..rows * k], len: k };
    share(cpu, rows, UNIT, rows * k * n, dx, &|range, dx| {
        let dy = &dy[range.start * n..range.end * n];
        let factors = ByRow { values: dy, stride: n };
        if n == 1 {
            run(cpu, Product::new(factors, Operand::plain(w, k, range.len()), n, k), dx.values);
        } else if rows <= FEW && k.min(n) >= gemv::lanes_at_most::<T>() {
            dispatch!(cpu, simd => gemv::dots(simd, dx.values, dy, w, T::ZERO, [k, n]));
        } else {
            let operand = Operand { values: w, stride: n, layout: Layout::Transposed };
            run(cpu, Product::new(factors, operand, n, k), dx.values);
        }
    });
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
    let dw = &mut dw[..k * n];
    if rows == 0 {
        return dw.fill(T::ZERO);
    }
    if n == 1 {
        let dy = &dy[..rows];
        return dispatch!(cpu, simd => gemv::forward(simd, dw, dy, x, None));
    }
    share(cpu, k, UNIT, rows * k * n, Rows { values: dw, len: n }, &|range, dw| {
        let factors = ByStep { values: &x[range.start..], stride: k };
        let operand = Operand::plain(&dy[..rows * n], n, range.len());
        run(cpu, Product::new(factors, operand, rows, n), dw.values);
    });
}

/// Computes a product, with room for a panel if it needs one.
fn run<'a, T: Scalar, F: Factors<'a, T>>(cpu: Cpu, product: Product<'a, T, F>, y: &mut [T]) {
    let (mut little, mut whole);
    let room: &mut [T] = match product.room() {
        0 => &mut [],
        1..=LITTLE => {
            little = Room::<T, LITTLE>::new();
            little.scalars()
        }
        _ => {
            whole = Room::<T, { product::ROOM }>::new();
            whole.scalars()
        }
    };
    dispatch!(cpu, simd => product.compute(simd, y, room));
}

/// Scalars of a panel that is quickly made.
const LITTLE: usize = 1024;
