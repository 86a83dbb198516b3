//! Softmax over the last dimension, and normalisation over all but the last.

/// Applies `f` to every `n` values of the operands.
pub(super) fn by_row<const N: usize>(
    n: usize,
    operands: [&Vec<f64>; N],
    f: impl Fn([&[f64]; N]) -> Vec<f64>,
) -> Vec<f64> {
    let rows = operands[0].len() / n;
    (0..rows).flat_map(|row| f(operands.map(|all| &all[row * n..(row + 1) * n]))).collect()
}

/// `y = exp(x - max) / Σ exp(x - max)`.
pub(super) fn softmax(x: &[f64]) -> Vec<f64> {
    log_softmax(x).into_iter().map(f64::exp).collect()
}

/// `dx = y · (dy - Σ dy · y)`.
pub(super) fn softmax_grad(dy: &[f64], y: &[f64]) -> Vec<f64> {
    let dot: f64 = dy.iter().zip(y).map(|(dy, y)| dy * y).sum();
    dy.iter().zip(y).map(|(dy, y)| y * (dy - dot)).collect()
}

/// `y = x - max - ln Σ exp(x - max)`.
pub(super) fn log_softmax(x: &[f64]) -> Vec<f64> {
    let max = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ln_sum = x.iter().map(|x| (x - max).exp()).sum::<f64>().ln();
    x.iter().map(|x| x - max - ln_sum).collect()
}

/// `dx = dy - exp(y) · Σ dy`.
pub(super) fn log_softmax_grad(dy: &[f64], y: &[f64]) -> Vec<f64> {
    let sum: f64 = dy.iter().sum();
    dy.iter().zip(y).map(|(dy, y)| dy - y.exp() * sum).collect()
}

/// The results of batch normalisation.
pub(super) struct BatchNorm {
    pub(super) y: Vec<f64>,
    pub(super) mean: Vec<f64>,
    pub(super) rstd: Vec<f64>,
    /// The biased variance of the batch.
    pub(super) var: Vec<f64>,
}

/// `y = gamma · (x - mean) · rstd + beta`, with the statistics of this batch.
pub(super) fn batch_norm(x: &[f64], gamma: &[f64], beta: &[f64], epsilon: f64) -> BatchNorm {
    let c = gamma.len();
    let mean = means(c, x.iter().copied());
    let var = means(c, x.iter().enumerate().map(|(i, x)| (x - mean[i % c]).powi(2)));
    let rstd = rstd(&var, epsilon);
    BatchNorm { y: normalize(x, gamma, beta, &mean, &rstd), mean, rstd, var }
}

/// `dx`, `dgamma` and `dbeta`: with `h = (x - mean) · rstd`, `dbeta = Σ dy`, `dgamma = Σ dy · h`, and
/// `dx = gamma · rstd · (dy - (dbeta + h · dgamma) / m)` over `m` values a channel.
pub(super) fn batch_norm_grad(
    dy: &[f64],
    x: &[f64],
    gamma: &[f64],
    mean: &[f64],
    rstd: &[f64],
) -> [Vec<f64>; 3] {
    let c = gamma.len();
    let m = (x.len() / c) as f64;
    let h = |i: usize| (x[i] - mean[i % c]) * rstd[i % c];
    let dbeta = sums(c, dy.iter().copied());
    let dgamma = sums(c, dy.iter().enumerate().map(|(i, dy)| dy * h(i)));
    let dx = dy.iter().enumerate().map(|(i, dy)| {
        let shared = (dbeta[i % c] + h(i) * dgamma[i % c]) / m;
        gamma[i % c] * rstd[i % c] * (dy - shared)
    });
    [dx.collect(), dgamma, dbeta]
}

/// `1 / √(var + epsilon)`.
pub(super) fn rstd(var: &[f64], epsilon: f64) -> Vec<f64> {
    var.iter().map(|var| 1.0 / (var + epsilon).sqrt()).collect()
}

/// `gamma · (x - mean) · rstd + beta`, by channel.
pub(super) fn normalize(
    x: &[f64],
    gamma: &[f64],
    beta: &[f64],
    mean: &[f64],
    rstd: &[f64],
) -> Vec<f64> {
    let c = gamma.len();
    let one = |(i, x): (usize, &f64)| gamma[i % c] * (x - mean[i % c]) * rstd[i % c] + beta[i % c];
    x.iter().enumerate().map(one).collect()
}

/// Sums by channel.
fn sums(channels: usize, values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0; channels];
    values.enumerate().for_each(|(i, value)| sums[i % channels] += value);
    sums
}

fn means(channels: usize, values: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let count = (values.len() / channels) as f64;
    sums(channels, values).into_iter().map(|sum| sum / count).collect()
}
