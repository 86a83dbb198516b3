//! Gated linear units: one half of a row, times a function of the other.

use super::map::{apply, apply_grad};
use crate::{
    parallel::{Rows, share},
    pointwise::{Fun, GradientFrom},
    simd::{Cpu, Scalar, dispatch},
};

/// A function takes some ten instructions.
const WORK: usize = 16;

/// `y[r, i] = x[r, i] · fun(x[r, n + i])`.
pub(crate) fn gate<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], n: usize, fun: Fun) {
    let len = y.len();
    share(cpu, len / n, 1, WORK * len, Rows { values: y, len: n }, &|range, y| {
        let x = &x[range.start * 2 * n..range.end * 2 * n];
        for (y, x) in y.values.chunks_exact_mut(n).zip(x.chunks_exact(2 * n)) {
            let (value, gate) = x.split_at(n);
            y.copy_from_slice(gate);
            apply(cpu, y, fun);
            dispatch!(T, cpu, _simd => multiply(y, value));
        }
    });
}

/// `dx[r, i] = dy · fun(x[r, n + i])` and `dx[r, n + i] = dy · x[r, i] · fun'(x[r, n + i])`.
pub(crate) fn gate_grad<T: Scalar>(cpu: Cpu, dx: &mut [T], dy: &[T], x: &[T], n: usize, fun: Fun) {
    let len = dx.len();
    share(cpu, len / (2 * n), 1, WORK * len, Rows { values: dx, len: 2 * n }, &|range, dx| {
        let dy = dy[range.start * n..range.end * n].chunks_exact(n);
        let x = x[range.start * 2 * n..range.end * 2 * n].chunks_exact(2 * n);
        for (dx, (dy, x)) in dx.values.chunks_exact_mut(2 * n).zip(dy.zip(x)) {
            let ((d_value, d_gate), (value, gate)) = (dx.split_at_mut(n), x.split_at(n));
            d_value.copy_from_slice(gate);
            apply(cpu, d_value, fun);
            d_gate.copy_from_slice(value);
            match fun.gradient_from() {
                GradientFrom::Input => apply_grad(cpu, d_gate, gate, fun),
                GradientFrom::Output => apply_grad(cpu, d_gate, d_value, fun),
            }
            dispatch!(T, cpu, _simd => {
                multiply(d_gate, dy);
                multiply(d_value, dy);
            });
        }
    });
}

#[inline(always)]
fn multiply<T: Scalar>(y: &mut [T], by: &[T]) {
    y.iter_mut().zip(by).for_each(|(y, by)| *y *= *by);
}
