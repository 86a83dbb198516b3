//! Reading `l1`, `l2` and `max_norm`.

use super::Args;
use crate::layer::Regularisation;

const POSITIVE: &str = "a number above 0";

impl Args<'_> {
    /// What keeps the weights small, of layers that have these arguments.
    pub(crate) fn regularisation(&mut self) -> Regularisation {
        if !self.kind.args.contains(&"max_norm") {
            return Regularisation::default();
        }
        let [l1, l2] = ["l1", "l2"].map(|key| {
            self.float_or(key, 0.0, 0.0..=f64::INFINITY).map_or(0.0, |strength| strength.value)
        });
        Regularisation { l1, l2, max_norm: self.max_norm() }
    }

    fn max_norm(&mut self) -> Option<f64> {
        let value = self.take("max_norm")?;
        let limit = self.finite("max_norm", &value, &(f64::NEG_INFINITY..=f64::INFINITY))?.value;
        if limit <= 0.0 {
            self.out_of_range("max_norm", &value, POSITIVE);
        }
        Some(limit)
    }
}
