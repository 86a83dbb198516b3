//! Batch normalisation.

use crate::simd::{Cpu, Scalar};

/// The values of channel `c` of `channels`.
fn channel<T: Scalar>(x: &[T], c: usize, channels: usize) -> impl Iterator<Item = f64> {
    x.iter().skip(c).step_by(channels).map(|x| x.to_f64())
}

/// `y = gamma · (x - mean) · rstd + beta` with the statistics of this batch, and the running ones moved.
pub fn batch_norm<T: Scalar>(
    cpu: Cpu,
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
    if x.is_empty() {
        return;
    }
    let channels = mean.len();
    let count = (x.len() / channels) as f64;
    for c in 0..channels {
        let average = channel(x, c, channels).sum::<f64>() / count;
        let var =
            channel(x, c, channels).map(|x| (x - average) * (x - average)).sum::<f64>() / count;
        mean[c] = T::from_f64(average);
        rstd[c] = T::from_f64(1.0 / libm::sqrt(var + epsilon));
        let moved = |running: T, batch: f64| {
            T::from_f64(momentum * running.to_f64() + (1.0 - momentum) * batch)
        };
        running_mean[c] = moved(running_mean[c], average);
        running_var[c] = moved(running_var[c], var);
    }
    apply(cpu, y, x, gamma, beta, mean, rstd);
}

/// `y = gamma · (x - mean) · rstd + beta`.
fn apply<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    mean: &[T],
    rstd: &[T],
) {
    for (index, (y, x)) in y.iter_mut().zip(x).enumerate() {
        let c = index % mean.len();
        let normal = (x.to_f64() - mean[c].to_f64()) * rstd[c].to_f64();
        *y = T::from_f64(gamma[c].to_f64() * normal + beta[c].to_f64());
    }
}

/// With `x̂ = (x - mean) · rstd` and `N` values of a channel: `dbeta = Σ dy`, `dgamma = Σ dy · x̂`,
/// `dx = gamma · rstd · (dy - dbeta / N - x̂ · dgamma / N)`.
pub fn batch_norm_grad<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dgamma: &mut [T],
    dbeta: &mut [T],
    dy: &[T],
    x: &[T],
    gamma: &[T],
    mean: &[T],
    rstd: &[T],
) {
    let channels = mean.len();
    let count = (x.len() / channels) as f64;
    for c in 0..channels {
        let (mean, rstd) = (mean[c].to_f64(), rstd[c].to_f64());
        let normal = |x: f64| (x - mean) * rstd;
        let sum_dy: f64 = channel(dy, c, channels).sum();
        let pairs = channel(dy, c, channels).zip(channel(x, c, channels));
        let sum_dy_x: f64 = pairs.map(|(dy, x)| dy * normal(x)).sum();
        (dbeta[c], dgamma[c]) = (T::from_f64(sum_dy), T::from_f64(sum_dy_x));
        for i in (c..x.len()).step_by(channels) {
            let centred =
                dy[i].to_f64() - sum_dy / count - normal(x[i].to_f64()) * sum_dy_x / count;
            dx[i] = T::from_f64(gamma[c].to_f64() * rstd * centred);
        }
    }
}

/// `1 / √(var + epsilon)`.
fn rstd<T: Scalar>(var: T, epsilon: f64) -> f64 {
    1.0 / libm::sqrt(var.to_f64() + epsilon)
}

/// `y = gamma · (x - mean) / √(var + epsilon) + beta`.
pub fn normalize<T: Scalar>(
    _cpu: Cpu,
    y: &mut [T],
    x: &[T],
    gamma: &[T],
    beta: &[T],
    mean: &[T],
    var: &[T],
    epsilon: f64,
) {
    for (index, (y, x)) in y.iter_mut().zip(x).enumerate() {
        let c = index % mean.len();
        let normal = (x.to_f64() - mean[c].to_f64()) * rstd(var[c], epsilon);
        *y = T::from_f64(gamma[c].to_f64() * normal + beta[c].to_f64());
    }
}

/// `dx = dy · gamma / √(var + epsilon)`.
pub fn normalize_grad<T: Scalar>(
    _cpu: Cpu,
    dx: &mut [T],
    dy: &[T],
    gamma: &[T],
    var: &[T],
    epsilon: f64,
) {
    for (index, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
        let c = index % var.len();
        *dx = T::from_f64(dy.to_f64() * gamma[c].to_f64() * rstd(var[c], epsilon));
    }
}
