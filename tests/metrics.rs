//! Every metric against numbers worked out by hand, gathered in two batches.

use monograd::prelude::*;

network! { Classes: [2] -> [3] { dense(3), softmax } }
network! { Values: [2] -> [2] { dense(2) } }

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-6, "{actual}, expected {expected}");
}

const OUTPUTS: [[f32; 3]; 5] =
    [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3], [0.4, 0.35, 0.25], [0.1, 0.2, 0.7]];
const LABELS: [u8; 5] = [0, 1, 1, 2, 2];

fn classes(mut metric: impl Metric<Classes, u8>) -> f64 {
    metric.update(&OUTPUTS[4..], &[0]);
    metric.reset();
    metric.update(&OUTPUTS[..2], &LABELS[..2]);
    metric.update(&OUTPUTS[2..], &LABELS[2..]);
    metric.value()
}

#[test]
fn accuracies() {
    close(classes(Accuracy), 3.0 / 5.0);
    close(classes(TopK::new(1)), 3.0 / 5.0);
    close(classes(TopK::new(2)), 4.0 / 5.0);
    close(classes(TopK::new(3)), 1.0);
}

#[test]
fn confusion() {
    let mut matrix = ConfusionMatrix::new(3);
    close(classes(&mut matrix), 3.0 / 5.0);
    let rows = [0, 1, 2].map(|target| [0, 1, 2].map(|output| matrix.count(target, output)));
    assert_eq!(rows, [[1, 0, 0], [0, 1, 1], [1, 0, 1]]);
    close(matrix.precision(0), 0.5);
    close(matrix.recall(0), 1.0);
    close(matrix.f1(0), 2.0 / 3.0);
    close(matrix.precision(1), 1.0);
    close(matrix.recall(1), 0.5);
    assert_eq!(matrix.count(0, 3), 0, "there is no class 3");
}

/// A network that no longer yields numbers is right about nothing.
#[test]
fn no_number_is_among_the_likeliest() {
    let mut metric = TopK::new(1);
    Metric::<Classes, u8>::update(&mut metric, &[[f32::NAN; 3]; 2], &[0, 2]);
    close(Metric::<Classes, u8>::value(&metric), 0.0);
}

fn values(mut metric: impl Metric<Values, [f32; 2]>) -> f64 {
    metric.update(&[[9.0, 9.0]], &[[0.0, 0.0]]);
    metric.reset();
    metric.update(&[[1.0, 2.0]], &[[0.0, 4.0]]);
    metric.update(&[[3.0, -1.0]], &[[3.0, 1.0]]);
    metric.value()
}

/// Differences 1, -2, 0, -2; the targets 0, 4, 3, 1 have the mean 2 and squares of 10 about it.
#[test]
fn errors() {
    close(values(MeanAbsolute), 5.0 / 4.0);
    close(values(RootMeanSquare), 1.5);
    close(values(RSquared), 1.0 - 9.0 / 10.0);
    close(values(BinaryAccuracy), 0.5);
}
