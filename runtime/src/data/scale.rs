//! Standardisation of features.

use crate::simd::Scalar;

/// `(x - mean) / deviation`, feature by feature, with the statistics of the training inputs.
///
/// ```
/// use monograd_runtime::data::Standardize;
/// let scale = Standardize::fit(&[[0.0_f32, 1.0], [2.0, 1.0]]);
/// assert_eq!(scale.apply([2.0, 1.0]), [1.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standardize<T, const N: usize> {
    /// The mean of every feature.
    pub mean: [T; N],
    /// The standard deviation of every feature; 1 where it is constant.
    pub deviation: [T; N],
}

impl<T: Scalar, const N: usize> Standardize<T, N> {
    /// Takes the statistics of `inputs`.
    #[must_use]
    pub fn fit(inputs: &[[T; N]]) -> Self {
        let count = inputs.len().max(1) as f64;
        let mean: [f64; N] =
            core::array::from_fn(|i| inputs.iter().map(|x| x[i].to_f64()).sum::<f64>() / count);
        let deviation: [f64; N] = core::array::from_fn(|i| {
            let squares = inputs.iter().map(|x| square(x[i].to_f64() - mean[i]));
            let deviation = libm::sqrt(squares.sum::<f64>() / count);
            if deviation > 0.0 { deviation } else { 1.0 }
        });
        Self { mean: mean.map(T::from_f64), deviation: deviation.map(T::from_f64) }
    }

    /// Standardises one input.
    #[must_use]
    pub fn apply(&self, input: [T; N]) -> [T; N] {
        core::array::from_fn(|i| (input[i] - self.mean[i]) / self.deviation[i])
    }

    /// The input that was standardised.
    #[must_use]
    pub fn undo(&self, output: [T; N]) -> [T; N] {
        core::array::from_fn(|i| output[i] * self.deviation[i] + self.mean[i])
    }
}

fn square(x: f64) -> f64 {
    x * x
}
