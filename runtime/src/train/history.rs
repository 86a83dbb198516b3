//! What a run reports.

use std::fmt;

/// A figure with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The name of the metric.
    pub name: &'static str,
    /// The output that it is of, where a network has several.
    pub output: Option<&'static str>,
    /// Its value.
    pub value: f64,
}

/// Loss and metrics over a data set. Prints as `loss 0.0412 · accuracy 0.9867`, with the name of an
/// output before its metrics where there are several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The mean loss.
    pub loss: f64,
    /// The metrics in the order they were asked for.
    pub metrics: Vec<Measure>,
}

impl Report {
    /// The value of a metric by its name, the first of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.iter().find(|measure| measure.name == name).map(|measure| measure.value)
    }

    /// The value of a metric of one of several outputs, by the names of both.
    #[must_use]
    pub fn metric_of(&self, output: &str, name: &str) -> Option<f64> {
        let fits = |m: &&Measure| m.output == Some(output) && m.name == name;
        self.metrics.iter().find(fits).map(|measure| measure.value)
    }
}

/// Four decimals, or an exponent where these would show next to nothing.
struct Figure(f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value != 0.0 && value.abs() < 1e-4 {
            write!(f, "{value:.2e}")
        } else {
            write!(f, "{value:.4}")
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {}", Figure(self.loss))?;
        self.metrics.iter().try_for_each(|measure| {
            f.write_str(" · ")?;
            measure.output.map_or(Ok(()), |output| write!(f, "{output} "))?;
            write!(f, "{} {}", measure.name, Figure(measure.value))
        })
    }
}

/// One epoch of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from one.
    pub number: usize,
    /// Over the training data, while the network changed.
    pub train: Report,
    /// Over the validation data, after the epoch.
    pub validation: Option<Report>,
    /// The learning rate of its last step.
    pub rate: f64,
    /// The time its steps took, without validation.
    pub seconds: f64,
}

impl Epoch {
    /// The loss that early stopping and plateau schedules watch: validation where there is any.
    #[must_use]
    pub fn watched_loss(&self) -> f64 {
        self.validation.as_ref().map_or(self.train.loss, |report| report.loss)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6.2} s · {}", self.seconds, self.train)?;
        match &self.validation {
            Some(report) => write!(f, " · validation: {report}"),
            None => Ok(()),
        }
    }
}

/// All epochs of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// The epochs in order.
    pub epochs: Vec<Epoch>,
    /// The number of threads that trained.
    pub threads: usize,
    /// The SIMD level: `avx512`, `avx2`, ..
    pub level: &'static str,
    /// The epoch whose weights the network holds, if early stopping restored them.
    pub restored: Option<usize>,
}

impl History {
    /// The last epoch's report over the training data; an empty one if there was no epoch.
    #[must_use]
    pub fn last(&self) -> Report {
        self.epochs.last().map(|epoch| epoch.train.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_figures_keep_their_digits() {
        let shown = |value: f64| Figure(value).to_string();
        let small = [4e-5, -4e-5, 9.9e-5, 1.234e-12].map(shown);
        assert_eq!(small, ["4.00e-5", "-4.00e-5", "9.90e-5", "1.23e-12"]);
        let ordinary = [0.0, 1e-4, 0.04123, 12.5, f64::NAN, f64::INFINITY].map(shown);
        assert_eq!(ordinary, ["0.0000", "0.0001", "0.0412", "12.5000", "NaN", "inf"]);
        let value = Measure { name: "mean absolute error", output: None, value: 2e-6 };
        let report = Report { loss: 4e-5, metrics: vec![value] };
        assert_eq!(report.to_string(), "loss 4.00e-5 · mean absolute error 2.00e-6");
    }
}
