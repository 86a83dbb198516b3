//! Batch normalisation.

use crate::simd::{Cpu, Scalar};

/// See [`Verbs::batch_norm`](crate::kernel::Verbs::batch_norm).
pub fn batch_norm<T: Scalar>(
    _: Cpu,
    y: &mut [T],
    mean: &mut [T],
    rstd: &mut [T],
    running_mean: &mut [T],
    running_var: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    momentum: f64,
    epsilon: f64,
) {
    let n = mean.len();
    let count = (x.len() / n) as f64;
    for c in 0..n {
        let channel = || x.iter().skip(c).step_by(n).map(|x| x.to_f64());
        let m = channel().sum::<f64>() / count;
        let var = channel().map(|x| (x - m) * (x - m)).sum::<f64>() / count;
        let moved = |old: T, new: f64| T::from_f64(momentum * old.to_f64() + (1.0 - momentum) * new);
        mean[c] = T::from_f64(m);
        rstd[c] = T::from_f64(1.0 / libm::sqrt(var + epsilon));
        running_mean[c] = moved(running_mean[c], m);
        running_var[c] = moved(running_var[c], var);
    }
    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
        let c = i % n;
        *y = gamma[c] * (*x - mean[c]) * rstd[c] + beta[c];
    }
}

/// See [`Verbs::batch_norm_grad`](crate::kernel::Verbs::batch_norm_grad).
///
/// With `x̂ = (x - mean) · rstd` and `N` values a channel:
/// `dx = gamma · rstd / N · (N · dy - Σ dy - x̂ · Σ dy · x̂)`.
pub fn batch_norm_grad<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dgamma: &mut [T],
    dbeta: &mut [T],
    dy: &[T],
    x: &[T],
    gamma: &[T],
    mean: &[T],
    rstd: &[T],
) {
    let n = mean.len();
    let count = T::from_f64((x.len() / n) as f64);
    let normal = |i: usize| (x[i] - mean[i % n]) * rstd[i % n];
    dgamma.fill(T::ZERO);
    dbeta.fill(T::ZERO);
    for (i, dy) in dy.iter().enumerate() {
        dgamma[i % n] += *dy * normal(i);
        dbeta[i % n] += *dy;
    }
    for (i, dx) in dx.iter_mut().enumerate().take(dy.len()) {
        let c = i % n;
        let centred = count * dy[i] - dbeta[c] - normal(i) * dgamma[c];
        *dx = gamma[c] * rstd[c] / count * centred;
    }
}

/// See [`Verbs::normalize`](crate::kernel::Verbs::normalize).
pub fn normalize<T: Scalar>(
    _: Cpu,
    y: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    mean: &[T],
    var: &[T],
    epsilon: f64,
) {
    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
        let c = i % mean.len();
        let rstd = T::from_f64(1.0 / libm::sqrt(var[c].to_f64() + epsilon));
        *y = gamma[c] * (*x - mean[c]) * rstd + beta[c];
    }
}

/// See [`Verbs::normalize_grad`](crate::kernel::Verbs::normalize_grad).
pub fn normalize_grad<T: Scalar>(
    _: Cpu,
    dx: &mut [T],
    dy: &[T],
    gamma: &[T],
    var: &[T],
    epsilon: f64,
) {
    for (i, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
        let c = i % gamma.len();
        *dx = *dy * gamma[c] * T::from_f64(1.0 / libm::sqrt(var[c].to_f64() + epsilon));
    }
}
