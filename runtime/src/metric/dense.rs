//! Metrics that compare every output with a target of its own.

use super::Metric;
use crate::{array::Array, network::Outputs, simd::Scalar};

/// Calls `f` with every output and its target.
fn each<O: Array>(outputs: &[O], targets: &[O], mut f: impl FnMut(f64, f64)) {
    let pairs = O::flat(outputs).iter().zip(O::flat(targets));
    pairs.for_each(|(y, t)| f(y.to_f64(), t.to_f64()));
}

/// 1 where the output is at least `threshold` and the target at least one half, or both are below; else 0.
fn same_side(y: f64, threshold: f64, t: f64) -> f64 {
    let same = (y >= threshold && t >= 0.5) || (y < threshold && t < 0.5);
    f64::from(u8::from(same))
}

macro_rules! mean {
    ($(#[$doc:meta])* $name:ident, $text:literal, $f:expr, $finish:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            sum: f64,
            count: u64,
        }

        /// The metric before it has seen anything.
        #[allow(non_upper_case_globals)]
        pub const $name: $name = $name { sum: 0.0, count: 0 };

        impl Default for $name {
            fn default() -> Self {
                $name
            }
        }

        impl<N: Outputs> Metric<N, N::Output> for $name {
            fn name(&self) -> &'static str {
                $text
            }
            fn reset(&mut self) {
                *self = $name;
            }
            fn update(&mut self, outputs: &[N::Output], targets: &[N::Output]) {
                let f: fn(f64, f64) -> f64 = $f;
                each(outputs, targets, |y, t| {
                    self.sum += f(y, t);
                    self.count += 1;
                });
            }
            fn value(&self) -> f64 {
                let finish: fn(f64) -> f64 = $finish;
                finish(self.sum / self.count as f64)
            }
        }
    };
}

mean! {
    /// The mean of `|y - t|`.
    MeanAbsolute, "mean absolute error", |y, t| (y - t).abs(), |mean| mean
}

mean! {
    /// The root of the mean of `(y - t)²`.
    RootMeanSquare, "root mean square error", |y, t| (y - t) * (y - t), libm::sqrt
}

mean! {
    /// The share of outputs on the target's side of one half; NaN is on neither.
    ///
    /// For probabilities; [`BinaryAccuracyWithLogits`](struct@BinaryAccuracyWithLogits) is for plain outputs.
    BinaryAccuracy, "accuracy", |y, t| same_side(y, 0.5, t), |mean| mean
}

mean! {
    /// The share of outputs, taken as logits, that are at least zero where the target is at least one half,
    /// and below where it is below; NaN is neither.
    ///
    /// It goes with [`BinaryCrossEntropyWithLogits`](crate::loss::BinaryCrossEntropyWithLogits).
    BinaryAccuracyWithLogits, "accuracy", |z, t| same_side(z, 0.0, t), |mean| mean
}

/// The coefficient of determination: `1 - Σ (y - t)² / Σ (t - mean t)²`, over all outputs together.
///
/// For constant targets the quotient has no value: it is 1 where every output is its target, and 0
/// otherwise.
#[derive(Clone, Copy, Debug)]
pub struct RSquared {
    residual: f64,
    /// The mean of the targets so far, and the sum of squared distances from it (Welford 1962).
    mean: f64,
    total: f64,
    count: u64,
}

/// The metric before it has seen anything.
#[allow(non_upper_case_globals)]
pub const RSquared: RSquared = RSquared { residual: 0.0, mean: 0.0, total: 0.0, count: 0 };

impl Default for RSquared {
    fn default() -> Self {
        RSquared
    }
}

impl<N: Outputs> Metric<N, N::Output> for RSquared {
    fn name(&self) -> &'static str {
        "R²"
    }
    fn reset(&mut self) {
        *self = RSquared;
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[N::Output]) {
        each(outputs, targets, |y, t| {
            self.residual += (y - t) * (y - t);
            self.count += 1;
            let distance = t - self.mean;
            self.mean += distance / self.count as f64;
            self.total += distance * (t - self.mean);
        });
    }
    fn value(&self) -> f64 {
        if self.count == 0 || self.total != 0.0 || self.residual.is_nan() {
            return 1.0 - self.residual / self.total;
        }
        f64::from(u8::from(self.residual == 0.0))
    }
}
