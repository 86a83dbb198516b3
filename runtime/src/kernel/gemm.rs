//! Matrix products: `y = x · w`, `dx = dy · wᵀ`, `dw = xᵀ · dy`.
//!
//! One operand is broadcast scalar by scalar from where it lies; the other is read as vectors, from
//! where it lies or from a panel of some steps of the depth and a few vectors.

mod gemv;
mod operand;
mod pack;
mod product;

use self::{
    operand::{ByRow, ByStep},
    product::{Layout, Operand, Product, Room},
};
use super::map;
use crate::{
    parallel::{Rows, share},
    pointwise::Fun,
    simd::{Cpu, Scalar, dispatch},
};

/// Below this number of rows the products live from the speed of memory.
const FEW: usize = 4;

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
    let few = rows < FEW;
    share(cpu, rows, 12, rows * k * n, y, &|range, y| {
        let x = &x[range.start * k..range.end * k];
        if few {
            dispatch!(cpu, simd => gemv::forward(simd, y.values, x, w, bias, k, n));
        } else {
            let factors = ByRow { values: x, stride: k };
            let floor =
                if fun == Some(Fun::Relu) { T::ZERO } else { T::from_f64(f64::NEG_INFINITY) };
            let layout = layout(cpu, range.len(), k, n, size_of::<T>());
            let operand = Operand { values: w, stride: n, layout };
            rows_product(
                cpu,
                y.values,
                Product { factors, operand, bias, floor, depth: k, columns: n },
            );
        }
        if let Some(fun) = fun.filter(|&fun| few || fun != Fun::Relu) {
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
    let few = rows < FEW;
    share(cpu, rows, 12, rows * k * n, dx, &|range, dx| {
        let dy = &dy[range.start * n..range.end * n];
        if few {
            dispatch!(cpu, simd => gemv::grad_input(simd, dx.values, dy, w, k, n));
        } else {
            let factors = ByRow { values: dy, stride: n };
            let operand = Operand { values: w, stride: n, layout: Layout::Transposed };
            let floor = T::from_f64(f64::NEG_INFINITY);
            let product = Product { factors, operand, bias: None, floor, depth: n, columns: k };
            rows_product(cpu, dx.values, product);
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
    if rows == 0 {
        return dw[..k * n].fill(T::ZERO);
    }
    let dw = Rows { values: &mut dw[..k * n], len: n };
    share(cpu, k, 12, rows * k * n, dw, &|range, dw| {
        let factors = ByStep { values: &x[range.start..], stride: k };
        let layout = layout(cpu, range.len(), rows, n, size_of::<T>());
        let operand = Operand { values: dy, stride: n, layout };
        let floor = T::from_f64(f64::NEG_INFINITY);
        let product = Product { factors, operand, bias: None, floor, depth: rows, columns: n };
        let mut room;
        let room = match layout {
            Layout::Direct => &mut [],
            _ => {
                room = Room::new();
                room.scalars::<T>()
            }
        };
        dispatch!(cpu, simd => product.compute(simd, dw.values, room));
    });
}

fn layout(_cpu: Cpu, rows: usize, depth: usize, columns: usize, size: usize) -> Layout {
    let _ = depth;
    if (rows < 24 || columns * size <= 256) && columns * size % 64 == 0 {
        Layout::Direct
    } else {
        Layout::Plain
    }
}

fn rows_product<T: Scalar>(cpu: Cpu, y: &mut [T], product: Product<'_, T, ByRow<'_, T>>) {
    let mut room;
    let room = match product.operand.layout {
        Layout::Direct => &mut [],
        _ => {
            room = Room::new();
            room.scalars::<T>()
        }
    };
    dispatch!(cpu, simd => product.compute(simd, y, room));
}
