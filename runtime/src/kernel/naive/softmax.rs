//! Softmax and log-softmax over the last `n`.

use crate::simd::{Cpu, Scalar};

/// The largest value, and `Σ exp(x - max)`.
fn max_and_sum<T: Scalar>(x: &[T]) -> (f64, f64) {
    let max = x.iter().map(|x| x.to_f64()).fold(f64::NEG_INFINITY, f64::max);
    (max, x.iter().map(|x| libm::exp(x.to_f64() - max)).sum())
}

/// `Σ a · b`.
fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
}

/// `y = exp(x - max) / Σ exp(x - max)`.
pub fn softmax<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], n: usize) {
    for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        let (max, sum) = max_and_sum(x);
        for (y, x) in y.iter_mut().zip(x) {
            *y = T::from_f64(libm::exp(x.to_f64() - max) / sum);
        }
    }
}

/// `dx = y · (dy - Σ dy · y)`.
pub fn softmax_grad<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n)).zip(y.chunks_exact(n));
    for ((dx, dy), y) in rows {
        let sum = dot(dy, y);
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx = T::from_f64(y.to_f64() * (dy.to_f64() - sum));
        }
    }
}

/// `y = x - max - ln Σ exp(x - max)`.
pub fn log_softmax<T: Scalar>(_cpu: Cpu, y: &mut [T], x: &[T], n: usize) {
    for (y, x) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        let (max, sum) = max_and_sum(x);
        for (y, x) in y.iter_mut().zip(x) {
            *y = T::from_f64(x.to_f64() - max - libm::log(sum));
        }
    }
}

/// `dx = dy - exp(y) · Σ dy`.
pub fn log_softmax_grad<T: Scalar>(_cpu: Cpu, dx: &mut [T], dy: &[T], y: &[T], n: usize) {
    let rows = dx.chunks_exact_mut(n).zip(dy.chunks_exact(n)).zip(y.chunks_exact(n));
    for ((dx, dy), y) in rows {
        let sum: f64 = dy.iter().map(|dy| dy.to_f64()).sum();
        for ((dx, dy), y) in dx.iter_mut().zip(dy).zip(y) {
            *dx = T::from_f64(dy.to_f64() - libm::exp(y.to_f64()) * sum);
        }
    }
}
