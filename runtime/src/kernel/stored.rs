//! Weights as they are stored: in the arena of parameters, or prepared.

use super::Conv2d;
use crate::{
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

/// The weight of a product, as it is stored.
pub trait Matrix<T> {
    /// `y[r, n] = fun(x[r, k] · self[k, n] + bias[n])`.
    fn gemm(
        self,
        cpu: Cpu,
        y: &mut [T],
        x: &[T],
        bias: Option<&[T]>,
        fun: Option<Fun>,
        rows: usize,
        k: usize,
        n: usize,
    );
}

impl<T: Scalar> Matrix<T> for &[T] {
    #[inline]
    fn gemm(
        self,
        cpu: Cpu,
        y: &mut [T],
        x: &[T],
        bias: Option<&[T]>,
        fun: Option<Fun>,
        rows: usize,
        k: usize,
        n: usize,
    ) {
        T::gemm(cpu, y, x, self, bias, fun, rows, k, n);
    }
}

/// [`Verbs::gemm`](super::Verbs::gemm) with a weight that is stored in whatever way.
#[inline]
pub fn gemm<T>(
    cpu: Cpu,
    y: &mut [T],
    x: &[T],
    w: impl Matrix<T>,
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    k: usize,
    n: usize,
) {
    w.gemm(cpu, y, x, bias, fun, rows, k, n);
}

/// The weight of a convolution by minimal filtering, as it is stored.
pub trait Filter<T> {
    /// [`Verbs::winograd`](super::Verbs::winograd) with this weight.
    fn winograd(
        self,
        cpu: Cpu,
        y: &mut [T],
        room: &mut [T],
        x: &[T],
        bias: Option<&[T]>,
        fun: Option<Fun>,
        rows: usize,
        conv: Conv2d,
    );
}

impl<T: Scalar> Filter<T> for &[T] {
    #[inline]
    fn winograd(
        self,
        cpu: Cpu,
        y: &mut [T],
        room: &mut [T],
        x: &[T],
        bias: Option<&[T]>,
        fun: Option<Fun>,
        rows: usize,
        conv: Conv2d,
    ) {
        T::winograd(cpu, y, room, x, self, bias, fun, rows, conv);
    }
}

/// A weight that [`Verbs::winograd_filter`](super::Verbs::winograd_filter) transformed.
#[derive(Clone, Copy, Debug)]
pub struct Transformed<'a, T>(pub &'a [T]);

impl<T: Scalar> Filter<T> for Transformed<'_, T> {
    #[inline]
    fn winograd(
        self,
        cpu: Cpu,
        y: &mut [T],
        room: &mut [T],
        x: &[T],
        bias: Option<&[T]>,
        fun: Option<Fun>,
        rows: usize,
        conv: Conv2d,
    ) {
        T::winograd_transformed(cpu, y, room, x, self.0, bias, fun, rows, conv);
    }
}

/// [`Verbs::winograd`](super::Verbs::winograd) with a weight that is stored in whatever way.
#[inline]
pub fn winograd<T>(
    cpu: Cpu,
    y: &mut [T],
    room: &mut [T],
    x: &[T],
    w: impl Filter<T>,
    bias: Option<&[T]>,
    fun: Option<Fun>,
    rows: usize,
    conv: Conv2d,
) {
    w.winograd(cpu, y, room, x, bias, fun, rows, conv);
}
