//! Metrics of classifiers.

use alloc::{vec, vec::Vec};
use core::fmt;

use super::Metric;
use crate::{
    array::Array,
    loss::{ClassTarget, arg_max},
    network::Outputs,
};

/// The parts of an output that have a label each, beside it.
fn steps<'a, O: Array>(
    output: &'a O,
    target: &'a impl ClassTarget,
) -> impl Iterator<Item = (&'a [O::Scalar], usize)> {
    let row = O::flat(core::slice::from_ref(output));
    let parts = row.chunks_exact((row.len() / target.steps()).max(1));
    parts.take(target.steps()).enumerate().map(|(step, part)| (part, target.class(step)))
}

/// The share of samples, or of their steps, whose likeliest class is the target's.
#[derive(Clone, Copy, Debug)]
pub struct Accuracy {
    right: u64,
    total: u64,
}

/// An accuracy that has seen nothing yet.
#[allow(non_upper_case_globals)]
pub const Accuracy: Accuracy = Accuracy { right: 0, total: 0 };

impl Default for Accuracy {
    fn default() -> Self {
        Accuracy
    }
}

impl<N: Outputs, Y: ClassTarget> Metric<N, Y> for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }
    fn reset(&mut self) {
        *self = Accuracy;
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        for (output, class) in outputs.iter().zip(targets).flat_map(|(o, t)| steps(o, t)) {
            self.right += u64::from(arg_max(output) == class);
            self.total += 1;
        }
    }
    fn value(&self) -> f64 {
        self.right as f64 / self.total as f64
    }
}

/// The share of samples, or of their steps, whose class is among the `k` likeliest.
#[derive(Clone, Copy, Debug)]
pub struct TopK {
    k: usize,
    right: u64,
    total: u64,
}

impl TopK {
    /// Counts the `k` likeliest classes.
    #[must_use]
    pub const fn new(k: usize) -> Self {
        Self { k, right: 0, total: 0 }
    }
}

impl<N: Outputs, Y: ClassTarget> Metric<N, Y> for TopK {
    fn name(&self) -> &'static str {
        "top-k accuracy"
    }
    fn reset(&mut self) {
        *self = Self::new(self.k);
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        for (output, class) in outputs.iter().zip(targets).flat_map(|(o, t)| steps(o, t)) {
            // A NaN is not among the likeliest.
            let own = output.get(class).filter(|own| own.partial_cmp(own).is_some());
            let likelier = own.map(|own| output.iter().filter(|p| *p > own).count());
            self.right += u64::from(likelier.is_some_and(|likelier| likelier < self.k));
            self.total += 1;
        }
    }
    fn value(&self) -> f64 {
        self.right as f64 / self.total as f64
    }
}

/// How often every class is taken for every other; its value as a metric is the accuracy.
///
/// It prints as a table with the true classes as rows.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// An empty matrix of so many classes; samples of others, or taken for others, do not count.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes] }
    }

    /// How often `target` was taken for `output`; never where one of them is no class of the matrix.
    #[must_use]
    pub fn count(&self, target: usize, output: usize) -> u64 {
        if output >= self.classes {
            return 0;
        }
        self.counts.get(target * self.classes + output).copied().unwrap_or(0)
    }

    /// The share of the samples taken for a class that are of it; NaN where there is none.
    #[must_use]
    pub fn precision(&self, class: usize) -> f64 {
        let taken: u64 = (0..self.classes).map(|target| self.count(target, class)).sum();
        self.count(class, class) as f64 / taken as f64
    }

    /// The share of the samples of a class that are taken for it; NaN where there is none.
    #[must_use]
    pub fn recall(&self, class: usize) -> f64 {
        let all: u64 = (0..self.classes).map(|output| self.count(class, output)).sum();
        self.count(class, class) as f64 / all as f64
    }

    /// The harmonic mean of precision and recall; NaN where one of them is, or both are zero.
    #[must_use]
    pub fn f1(&self, class: usize) -> f64 {
        let (precision, recall) = (self.precision(class), self.recall(class));
        2.0 * precision * recall / (precision + recall)
    }
}

impl<N: Outputs, Y: ClassTarget> Metric<N, Y> for ConfusionMatrix {
    fn name(&self) -> &'static str {
        "accuracy"
    }
    fn reset(&mut self) {
        self.counts.fill(0);
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        for (output, target) in outputs.iter().zip(targets).flat_map(|(o, t)| steps(o, t)) {
            let output = arg_max(output);
            if target < self.classes && output < self.classes {
                self.counts[target * self.classes + output] += 1;
            }
        }
    }
    fn value(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|class| self.count(class, class)).sum();
        right as f64 / self.counts.iter().sum::<u64>() as f64
    }
}

impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8}", "")?;
        (0..self.classes).try_for_each(|class| write!(f, "{class:>7}"))?;
        writeln!(f, "   recall")?;
        for target in 0..self.classes {
            write!(f, "{target:>8}")?;
            (0..self.classes)
                .try_for_each(|output| write!(f, "{:>7}", self.count(target, output)))?;
            writeln!(f, "{:>9.4}", self.recall(target))?;
        }
        write!(f, "precision")?;
        (0..self.classes).try_for_each(|class| write!(f, "{:>7.4}", self.precision(class)))?;
        writeln!(f)
    }
}
