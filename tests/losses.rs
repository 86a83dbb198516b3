//! Every loss: values against PyTorch, and gradients against differences of the values, in `f64`.

use monograd::{
    network::{Entry, Network},
    prelude::*,
};

network! { #[scalar(f64)] Soft: [2] -> [3] { dense(3), softmax } }
network! { #[scalar(f64)] LogSoft: [2] -> [3] { dense(3), log_softmax } }
network! { #[scalar(f64)] Squashed: [2] -> [3] { dense(3), sigmoid } }
network! { #[scalar(f64)] Plain: [2] -> [3] { dense(3) } }
network! { #[scalar(f64)] Steps: [2, 4] -> [2, 3] { dense(3), softmax } }

type Row = [f64; 3];

const Z: [Row; 2] = [[0.5, -1.2, 2.0], [1.5, 0.3, -0.7]];
const LABELS: [u8; 2] = [2, 1];
const DISTRIBUTIONS: [Row; 2] = [[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]];
const VALUES: [Row; 2] = [[1.0, -1.0, 0.0], [1.5, 2.0, -3.0]];

fn plain(z: Row) -> Row {
    z
}

fn softmax(z: Row) -> Row {
    let sum: f64 = z.iter().map(|z| z.exp()).sum();
    z.map(|z| z.exp() / sum)
}

fn log_softmax(z: Row) -> Row {
    softmax(z).map(f64::ln)
}

fn sigmoid(z: Row) -> Row {
    z.map(|z| 1.0 / (1.0 + (-z).exp()))
}

/// The value at `head(z)`, and the gradient by `z`: by the input of the head where it enters there.
fn check<N, Y>(loss: impl Loss<N, Y>, head: fn(Row) -> Row, targets: &[Y], expected: f64)
where
    N: Network<Scalar = f64, Output = Row>,
{
    const STEP: f64 = 1e-5;
    let at = |z: [Row; 2]| loss.value(&z.map(head), targets);
    assert!((at(Z) - expected).abs() < 1e-9, "{}, PyTorch's {expected}", at(Z));

    let mut d = [[9.0; 3]; 2];
    let value = loss.gradient(&Z.map(head), targets, &mut d);
    assert_eq!(value, at(Z), "value with and without the gradient");
    for (row, column) in (0..2).flat_map(|row| (0..3).map(move |column| (row, column))) {
        let moved = |by: f64| {
            let mut z = Z;
            z[row][column] += by;
            at(z)
        };
        let difference = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        let error = (d[row][column] - difference).abs();
        assert!(error < 1e-8, "[{row}, {column}]: {}, expected {difference}", d[row][column]);
    }
}

fn entry<N: Network, Y, L: Loss<N, Y>>(_: &L) -> Entry {
    L::ENTRY
}

#[test]
fn cross_entropy_of_labels() {
    let value = 0.8896007068966563;
    check::<Soft, u8>(CrossEntropy, softmax, &LABELS, value);
    check::<LogSoft, u8>(NegativeLogLikelihood, log_softmax, &LABELS, value);
    check::<Plain, u8>(CrossEntropyWithLogits, plain, &LABELS, value);
    check::<Soft, i64>(CrossEntropy, softmax, &LABELS.map(i64::from), value);
}

#[test]
fn cross_entropy_of_distributions() {
    let value = 1.8896007068966565;
    check::<Soft, Row>(CrossEntropy, softmax, &DISTRIBUTIONS, value);
    check::<LogSoft, Row>(NegativeLogLikelihood, log_softmax, &DISTRIBUTIONS, value);
    check::<Plain, Row>(CrossEntropyWithLogits, plain, &DISTRIBUTIONS, value);
}

#[test]
fn label_smoothing_and_class_weights() {
    let smooth = CrossEntropy.label_smoothing(0.1);
    check::<Soft, u8>(smooth, softmax, &LABELS, 0.9646007068966563);
    let weighted = CrossEntropyWithLogits.class_weights([2.0, 0.5, 1.5]);
    check::<Plain, u8>(weighted, plain, &LABELS, 0.5618984220162273);
}

#[test]
fn divergence() {
    check::<Soft, Row>(KlDivergence, softmax, &DISTRIBUTIONS, 1.2122327131686452);
    check::<LogSoft, Row>(KlDivergence, log_softmax, &DISTRIBUTIONS, 1.2122327131686452);
}

#[test]
fn binary_cross_entropy() {
    check::<Squashed, Row>(BinaryCrossEntropy, sigmoid, &DISTRIBUTIONS, 1.003873672316308);
    let logits = BinaryCrossEntropyWithLogits;
    check::<Plain, Row>(logits, plain, &DISTRIBUTIONS, 1.003873672316308);
}

#[test]
fn distances() {
    check::<Plain, Row>(MeanSquaredError, plain, &VALUES, 2.078333333333333);
    check::<Plain, Row>(MeanAbsoluteError, plain, &SHIFTED, 1.1166666666666667 + SHIFT);
    check::<Plain, Row>(Huber::new(0.7), plain, &VALUES, 0.6016666666666666);
}

/// The absolute error has no derivative where output and target agree.
const SHIFTED: [Row; 2] = [VALUES[0], [1.5 - 6.0 * SHIFT, 2.0, -3.0]];
const SHIFT: f64 = 0.1;

#[test]
fn gradients_enter_where_values_say() {
    assert_eq!(entry::<Soft, u8, _>(&CrossEntropy), Entry::Head);
    assert_eq!(entry::<Plain, u8, _>(&CrossEntropyWithLogits), Entry::Output);
    assert_eq!(entry::<Squashed, Row, _>(&BinaryCrossEntropy), Entry::Head);
    assert_eq!(entry::<Plain, Row, _>(&MeanSquaredError), Entry::Output);
}

/// Distributions of all steps, one after the other, are those of the labels: losses are means over the
/// steps, weights are those of the classes, and metrics look at each step.
#[test]
fn steps_are_labelled_or_have_distributions() {
    let outputs = [Z.map(softmax), [softmax([2.0, 0.1, 0.0]), softmax([-1.0, 0.5, 0.4])]];
    let labels = [[2_u8, 1], [0, 2]];
    let flat = [[0.0, 0.0, 1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]];
    let nested = flat.map(|f| [[f[0], f[1], f[2]], [f[3], f[4], f[5]]]);
    let weighted = CrossEntropy.class_weights([1.0, 2.0, 0.5]).label_smoothing(0.1);
    for loss in [CrossEntropy, weighted] {
        let [mut by_label, mut by_flat] = [[[[9.0; 3]; 2]; 2]; 2];
        let label = Loss::<Steps, _>::gradient(&loss, &outputs, &labels, &mut by_label);
        let distribution = Loss::<Steps, _>::gradient(&loss, &outputs, &flat, &mut by_flat);
        assert!((label - distribution).abs() < 1e-15, "{label}, not {distribution}");
        let pairs = by_label.as_flattened().as_flattened().iter();
        pairs.zip(by_flat.as_flattened().as_flattened()).for_each(|(a, b)| {
            assert!((a - b).abs() < 1e-15, "{a}, not {b}");
        });
    }
    let label = Loss::<Steps, _>::value(&CrossEntropy, &outputs, &labels);
    let divergence = Loss::<Steps, _>::value(&KlDivergence, &outputs, &nested);
    assert!((label - divergence).abs() < 1e-15, "{label}, not {divergence}");
    let accuracy = |metric: &mut dyn Metric<Steps, [f64; 6]>| {
        metric.update(&outputs, &flat);
        metric.value()
    };
    assert_eq!(accuracy(&mut Accuracy::default()), 0.5, "the first step of each is right");
    assert_eq!(accuracy(&mut TopK::new(2)), 1.0);
}

/// What a probability of zero costs is the same in every loss.
#[test]
fn zero_counts_as_the_least_normal_number() {
    let (outputs, target) = ([[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]]);
    let entropy = Loss::<Soft, _>::value(&CrossEntropy, &outputs, &target);
    let divergence = Loss::<Soft, _>::value(&KlDivergence, &outputs, &target);
    assert_eq!(entropy, -f64::from(f32::MIN_POSITIVE).ln());
    assert_eq!(divergence, entropy);
}

#[test]
fn extremes_stay_finite() {
    let far = [[1e4, -1e4, 0.0]];
    let logits = Loss::<Plain, u8>::value(&CrossEntropyWithLogits, &far, &[1]);
    assert!((logits - 2e4).abs() < 1e-6, "{logits}");
    let certain = [[1.0, 0.0, 0.0]];
    assert!(Loss::<Soft, u8>::value(&CrossEntropy, &certain, &[1]).is_finite());
    assert!(
        Loss::<Squashed, Row>::value(&BinaryCrossEntropy, &certain, &[[0.0, 1.0, 0.5]]).is_finite()
    );
    let binary = Loss::<Plain, Row>::value(&BinaryCrossEntropyWithLogits, &far, &[[0.0, 1.0, 0.0]]);
    assert!((binary - (2e4 + 2.0_f64.ln()) / 3.0).abs() < 1e-6, "{binary}");
}

#[test]
fn impossible_targets_are_told() {
    let label = Loss::<Soft, u8>::check(&CrossEntropy, &3).expect_err("there are three classes");
    assert_eq!(label.to_string(), "label 3 is not one of the 3 classes 0 to 2");
    assert!(Loss::<Soft, i8>::check(&CrossEntropy, &-1).is_err());
    assert!(Loss::<Soft, Row>::check(&CrossEntropy, &[0.5, 1.5, 0.0]).is_err());
    assert!(Loss::<Squashed, Row>::check(&BinaryCrossEntropy, &[0.5, -0.5, 0.0]).is_err());
    assert!(Loss::<Plain, Row>::check(&MeanSquaredError, &[f64::NAN, 0.0, 0.0]).is_err());
    assert!(Loss::<Soft, u8>::check(&CrossEntropy, &2).is_ok());
}
