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

/// A class beyond the matrix, also one whose row would wrap around.
#[test]
fn no_class_of_the_matrix() {
    let mut matrix = ConfusionMatrix::new(4);
    Metric::<Classes, u8>::update(&mut matrix, &[[1.0, 0.0, 0.0]], &[0]);
    for class in [4, usize::MAX / 4 + 1, usize::MAX] {
        assert_eq!((matrix.count(class, 0), matrix.count(0, class)), (0, 0));
        assert!(matrix.recall(class).is_nan() && matrix.precision(class).is_nan());
    }
}

fn one(mut metric: impl Metric<Classes, u8>, output: [f32; 3], target: u8) -> f64 {
    metric.update(&[output], &[target]);
    metric.value()
}

/// A network that no longer yields numbers is right about nothing.
#[test]
fn no_number_is_right() {
    const NAN: f32 = f32::NAN;
    for output in [[NAN; 3], [NAN, 0.2, 0.1], [0.7, 0.2, NAN], [0.1, NAN, 0.9]] {
        for target in 0..3 {
            close(one(Accuracy, output, target), 0.0);
            close(one(TopK::new(3), output, target), 0.0);
            let mut matrix = ConfusionMatrix::new(3);
            close(one(&mut matrix, output, target), 0.0);
            close(matrix.recall(target.into()), 0.0);
            assert!((0..9).all(|cell| matrix.count(cell / 3, cell % 3) == 0));
        }
    }
    for target in [0.0, 1.0] {
        let mut metric = BinaryAccuracy;
        Metric::<Values, [f32; 2]>::update(&mut metric, &[[NAN; 2]], &[[target; 2]]);
        close(Metric::<Values, [f32; 2]>::value(&metric), 0.0);
    }
}

/// The first of equals is the likelier.
#[test]
fn ties() {
    for (k, target) in (0..5).flat_map(|k| [0, 1, 2].map(|target| (k, target))) {
        let right = f64::from(u8::from(usize::from(target) < k));
        close(one(TopK::new(k), [0.3; 3], target), right);
    }
    for target in 0..3 {
        for output in [[0.3; 3], [0.2, 0.4, 0.4], [0.4, 0.2, 0.4]] {
            close(one(TopK::new(1), output, target), one(Accuracy, output, target));
        }
    }
}

/// Constant targets leave nothing to explain.
#[test]
fn constant_targets() {
    fn r_squared(output: f32) -> f64 {
        let mut metric = RSquared;
        Metric::<Values, [f32; 2]>::update(&mut metric, &[[output, 0.1]; 3], &[[0.1; 2]; 3]);
        Metric::<Values, [f32; 2]>::value(&metric)
    }
    close(r_squared(0.1), 1.0);
    close(r_squared(0.2), 0.0);
    assert!(r_squared(f32::NAN).is_nan());
    assert!(Metric::<Values, [f32; 2]>::value(&RSquared).is_nan(), "nothing was seen");
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

/// A logit is on the side of one where it is at least zero.
#[test]
fn logits_and_probabilities() {
    let (logits, targets) = ([[0.2, -0.2], [0.0, 0.4]], [[1.0, 0.0], [1.0, 0.0]]);
    fn share(
        mut metric: impl Metric<Values, [f32; 2]>,
        outputs: &[[f32; 2]],
        targets: &[[f32; 2]],
    ) -> f64 {
        metric.update(outputs, targets);
        metric.value()
    }
    close(share(BinaryAccuracyWithLogits, &logits, &targets), 0.75);
    close(share(BinaryAccuracyWithLogits, &[[-1e-20, 1e-20]], &[[1.0, 1.0]]), 0.5);
    close(share(BinaryAccuracy, &logits, &targets), 0.5);
    let probabilities = logits.map(|z| z.map(|z: f32| 1.0 / (1.0 + (-z).exp())));
    close(share(BinaryAccuracy, &probabilities, &targets), 0.75);
}
