//! The naive twins: what every verb means, in plain loops. Kernels are compared with these.

mod conv;
mod norm;
mod pool;

pub use conv::{conv2d, conv2d_grad_input, conv2d_grad_weight};
pub use norm::{batch_norm, batch_norm_grad, normalize, normalize_grad};
pub use pool::{
    avg_pool2d, avg_pool2d_grad, max_pool2d, max_pool2d_grad, max_pool2d_grad_by_value,
    max_pool2d_indexed,
};

use super::{Stream, random};
use crate::{
    pointwise::Fun,
    simd::{Cpu, Scalar},
};

/// See [`Verbs::gemm`](super::Verbs::gemm).
pub fn gemm<T: Scalar>(
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
    for (y, x) in y.chunks_mut(n).zip(x.chunks(k)).take(rows) {
        for (j, y) in y.iter_mut().enumerate() {
            *y = (0..k).map(|i| x[i] * w[i * n + j]).sum();
        }
    }
    epilogue(cpu, &mut y[..rows * n], bias, fun);
}

/// See [`Verbs::gemm_grad_input`](super::Verbs::gemm_grad_input).
pub fn gemm_grad_input<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    w: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    for (dx, dy) in dx.chunks_mut(k).zip(dy.chunks(n)).take(rows) {
        for (i, dx) in dx.iter_mut().enumerate() {
            *dx = (0..n).map(|j| dy[j] * w[i * n + j]).sum();
        }
    }
}

/// See [`Verbs::gemm_grad_weight`](super::Verbs::gemm_grad_weight).
pub fn gemm_grad_weight<T: Scalar>(
    _: Cpu,
    dw: &mut [T],
    x: &[T],
    dy: &[T],
    rows: usize,
    k: usize,
    n: usize,
) {
    for i in 0..k {
        for j in 0..n {
            dw[i * n + j] = (0..rows).map(|r| x[r * k + i] * dy[r * n + j]).sum();
        }
    }
}

/// `y = fun(y + bias)` over rows of `bias.len()`.
pub(super) fn epilogue<T: Scalar>(cpu: Cpu, y: &mut [T], bias: Option<&[T]>, fun: Option<Fun>) {
    if let Some(bias) = bias {
        add_bias(cpu, y, bias);
    }
    if let Some(fun) = fun {
        map_assign(cpu, y, fun);
    }
}

/// See [`Verbs::add_bias`](super::Verbs::add_bias).
pub fn add_bias<T: Scalar>(_: Cpu, y: &mut [T], bias: &[T]) {
    for row in y.chunks_mut(bias.len()) {
        row.iter_mut().zip(bias).for_each(|(y, b)| *y += *b);
    }
}

/// See [`Verbs::sum_rows`](super::Verbs::sum_rows).
pub fn sum_rows<T: Scalar>(_: Cpu, db: &mut [T], dy: &[T]) {
    db.fill(T::ZERO);
    for row in dy.chunks(db.len()) {
        db.iter_mut().zip(row).for_each(|(b, d)| *b += *d);
    }
}

/// See [`Verbs::map`](super::Verbs::map).
pub fn map<T: Scalar>(_: Cpu, y: &mut [T], x: &[T], fun: Fun) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y = T::from_f64(fun.value(x.to_f64())));
}

/// See [`Verbs::map_assign`](super::Verbs::map_assign).
pub fn map_assign<T: Scalar>(_: Cpu, y: &mut [T], fun: Fun) {
    y.iter_mut().for_each(|y| *y = T::from_f64(fun.value(y.to_f64())));
}

/// See [`Verbs::map_grad`](super::Verbs::map_grad).
pub fn map_grad<T: Scalar>(_: Cpu, dx: &mut [T], dy: &[T], kept: &[T], fun: Fun) {
    for ((dx, dy), kept) in dx.iter_mut().zip(dy).zip(kept) {
        *dx = *dy * T::from_f64(fun.derivative(kept.to_f64()));
    }
}

/// See [`Verbs::map_grad_assign`](super::Verbs::map_grad_assign).
pub fn map_grad_assign<T: Scalar>(_: Cpu, d: &mut [T], kept: &[T], fun: Fun) {
    for (d, kept) in d.iter_mut().zip(kept) {
        *d *= T::from_f64(fun.derivative(kept.to_f64()));
    }
}

/// See [`Verbs::softmax`](super::Verbs::softmax).
pub fn softmax<T: Scalar>(_: Cpu, y: &mut [T], x: &[T], n: usize) {
    for (y, x) in y.chunks_mut(n).zip(x.chunks(n)) {
        let max = maximum(x);
        let sum: f64 = x.iter().map(|x| libm::exp(x.to_f64() - max)).sum();
        y.iter_mut().zip(x).for_each(|(y, x)| *y = T::from_f64(libm::exp(x.to_f64() - max) / sum));
    }
}

/// See [`Verbs::softmax_grad`](super::Verbs::softmax_grad).
pub fn softmax_grad<T: Scalar>(_: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    for ((dx, dy), y) in dx.chunks_mut(n).zip(dy.chunks(n)).zip(y.chunks(n)) {
        let dot: T = dy.iter().zip(y).map(|(d, y)| *d * *y).sum();
        for i in 0..n {
            dx[i] = y[i] * (dy[i] - dot);
        }
    }
}

/// See [`Verbs::log_softmax`](super::Verbs::log_softmax).
pub fn log_softmax<T: Scalar>(_: Cpu, y: &mut [T], x: &[T], n: usize) {
    for (y, x) in y.chunks_mut(n).zip(x.chunks(n)) {
        let max = maximum(x);
        let sum: f64 = x.iter().map(|x| libm::exp(x.to_f64() - max)).sum();
        let log = max + libm::log(sum);
        y.iter_mut().zip(x).for_each(|(y, x)| *y = T::from_f64(x.to_f64() - log));
    }
}

/// See [`Verbs::log_softmax_grad`](super::Verbs::log_softmax_grad).
pub fn log_softmax_grad<T: Scalar>(_: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    for ((dx, dy), y) in dx.chunks_mut(n).zip(dy.chunks(n)).zip(y.chunks(n)) {
        let sum: T = dy.iter().copied().sum();
        for i in 0..n {
            dx[i] = dy[i] - T::from_f64(libm::exp(y[i].to_f64())) * sum;
        }
    }
}

fn maximum<T: Scalar>(x: &[T]) -> f64 {
    x.iter().map(|x| x.to_f64()).fold(f64::NEG_INFINITY, f64::max)
}

/// See [`Verbs::dropout`](super::Verbs::dropout).
pub fn dropout<T: Scalar>(cpu: Cpu, y: &mut [T], x: &[T], rate: f64, stream: Stream) {
    y.copy_from_slice(x);
    dropout_assign(cpu, y, rate, stream);
}

/// See [`Verbs::dropout_assign`](super::Verbs::dropout_assign).
pub fn dropout_assign<T: Scalar>(_: Cpu, y: &mut [T], rate: f64, stream: Stream) {
    let scale = T::from_f64(1.0 / (1.0 - rate));
    for (i, y) in y.iter_mut().enumerate() {
        *y = if random::keeps(stream, i as u64, rate) { *y * scale } else { T::ZERO };
    }
}
