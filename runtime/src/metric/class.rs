//! Metrics of classifiers.

use alloc::{vec, vec::Vec};
use core::fmt;

use super::Metric;
use crate::{
    array::Array,
    loss::{ClassTarget, arg_max, parts},
    network::Outputs,
    simd::Scalar,
};

/// The parts of an output that have a label or a distribution each, beside the class of it.
fn labelled<'a, N: Outputs>(
    output: &'a N::Output,
    target: &'a impl ClassTarget,
) -> impl Iterator<Item = (&'a [N::Scalar], usize)> {
    let row = N::Output::flat(core::slice::from_ref(output));
    parts(row, target, N::CLASSES).map(|part| (part.output, part.class()))
}

/// The likeliest class, the first of equals; none where a value is NaN.
fn likeliest<T: Scalar>(output: &[T]) -> Option<usize> {
    is_ordered(output).then(|| arg_max(output))
}

/// No value is NaN.
fn is_ordered<T: Scalar>(output: &[T]) -> bool {
    output.iter().all(|value| value.partial_cmp(value).is_some())
}

/// How many classes are likelier than `class`, where the first of equals is the likelier; none where
/// a value is NaN, or there is no such class.
fn rank<T: Scalar>(output: &[T], class: usize) -> Option<usize> {
    let own = output.get(class).filter(|_| is_ordered(output))?;
    let before = output[..class].iter().filter(|value| *value >= own).count();
    Some(before + output[class + 1..].iter().filter(|value| *value > own).count())
}

/// The share of samples, or of their steps, whose likeliest class is the target's.
///
/// The first of equals is the likeliest. An output with a NaN is wrong.
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
        for (output, class) in outputs.iter().zip(targets).flat_map(|(o, t)| labelled::<N>(o, t)) {
            self.right += u64::from(likeliest(output) == Some(class));
            self.total += 1;
        }
    }
    fn value(&self) -> f64 {
        self.right as f64 / self.total as f64
    }
}

/// The share of samples, or of their steps, whose class is among the `k` likeliest.
///
/// The first of equals is the likelier, so that the top 1 is the [`Accuracy`](struct@Accuracy). An
/// output with a NaN is wrong.
#[derive(Clone, Copy, Debug)]
pub struct TopK {
    k: usize,
    right: u64,
    total: u64,
}

impl TopK {
    /// Counts the `k` likeliest classes; of none of them, nothing is right.
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
        for (output, class) in outputs.iter().zip(targets).flat_map(|(o, t)| labelled::<N>(o, t)) {
            self.right += u64::from(rank(output, class).is_some_and(|rank| rank < self.k));
            self.total += 1;
        }
    }
    fn value(&self) -> f64 {
        self.right as f64 / self.total as f64
    }
}

/// How often every class is taken for every other; its value as a metric is the accuracy.
///
/// An output with a NaN is taken for no class: its sample is wrong in the accuracy and in the recall
/// of its class, but in none of the counts. It prints as a table with the true classes as rows.
#[derive(Clone, Debug)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
    /// For every class, its samples that were taken for none.
    untold: Vec<u64>,
}

impl ConfusionMatrix {
    /// An empty matrix of so many classes; samples of others, or taken for others, do not count.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self { classes, counts: vec![0; classes * classes], untold: vec![0; classes] }
    }

    /// How often `target` was taken for `output`; never where one of them is no class of the matrix.
    #[must_use]
    pub fn count(&self, target: usize, output: usize) -> u64 {
        if target >= self.classes || output >= self.classes {
            return 0;
        }
        self.counts[target * self.classes + output]
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
        let told: u64 = (0..self.classes).map(|output| self.count(class, output)).sum();
        let untold = self.untold.get(class).copied().unwrap_or(0);
        self.count(class, class) as f64 / (told + untold) as f64
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
        self.untold.fill(0);
    }
    fn update(&mut self, outputs: &[N::Output], targets: &[Y]) {
        for (output, target) in outputs.iter().zip(targets).flat_map(|(o, t)| labelled::<N>(o, t)) {
            match likeliest(output) {
                _ if target >= self.classes => {}
                None => self.untold[target] += 1,
                Some(output) if output >= self.classes => {}
                Some(output) => self.counts[target * self.classes + output] += 1,
            }
        }
    }
    fn value(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|class| self.count(class, class)).sum();
        right as f64 / self.counts.iter().chain(&self.untold).sum::<u64>() as f64
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
