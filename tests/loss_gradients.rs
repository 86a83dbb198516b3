//! Every loss against central differences, through generated networks in `f64`.

use monograd::{
    array::Array,
    network::{Context, Entry, Network},
    prelude::*,
    simd::Cpu,
};
use monograd_tests::fixture::distance;

network! {
    #[scalar(f64)]
    Probabilities: [3] -> [4] { dense(5), tanh, dense(4), softmax }
}

network! {
    #[scalar(f64)]
    LogProbabilities: [3] -> [4] { dense(5), tanh, dense(4), log_softmax }
}

network! {
    #[scalar(f64)]
    Plain: [3] -> [4] { dense(5), tanh, dense(4) }
}

network! {
    #[scalar(f64)]
    Sigmoids: [3] -> [4] { dense(5), tanh, dense(4), sigmoid }
}

network! {
    /// There is a distribution at every place of an image.
    #[scalar(f64)]
    Places: [3] -> [2, 1, 2] { dense(5), tanh, dense(4), reshape([2, 1, 2]), softmax, }
}

network! {
    #[scalar(f64)]
    Steps: [3] -> [2, 3] { dense(5), tanh, dense(6), reshape([2, 3]), softmax }
}

network! {
    #[scalar(f64)]
    LogSteps: [3] -> [2, 3] { dense(5), tanh, dense(6), reshape([2, 3]), log_softmax }
}

network! {
    #[scalar(f64)]
    PlainSteps: [3] -> [2, 3] { dense(5), tanh, dense(6), reshape([2, 3]) }
}

network! {
    /// Heads before values are laid flat, behind them, and one that another layer reads.
    #[scalar(f64)]
    Heads: [3] -> (flat: [4], logits: [2, 1, 2], used: [4], gates: [4], last: [4]) {
        dense(5), tanh,
        dense(4), reshape([2, 1, 2]), softmax, flat: flatten,
        from(tanh1), dense(4), logits: reshape([2, 1, 2]),
        from(tanh1), dense(4), used: softmax,
        dense(4), gates: sigmoid,
        from(tanh1), dense(4), last: log_softmax,
    }
}

const ROWS: usize = 3;
const INPUTS: [[f64; 3]; ROWS] = [[0.3, -1.2, 0.8], [1.1, 0.4, -0.7], [-0.6, 0.9, 1.7]];
const LABELS: [u8; ROWS] = [2, 0, 3];
const DISTRIBUTIONS: [[f64; 4]; ROWS] =
    [[0.1, 0.2, 0.3, 0.4], [1.0, 0.0, 0.0, 0.0], [0.0, 0.25, 0.5, 0.25]];
const VALUES: [[f64; 4]; ROWS] =
    [[0.37, -2.1, 5.0, 0.9], [-0.41, 0.83, 0.17, -3.3], [4.2, -0.05, 0.61, 1.9]];
const WEIGHTS: [f64; 4] = [0.5, 2.0, 1.5, 0.25];

/// The gradient by every trained parameter is that of the value, and `gradient` yields the value.
fn check<N: Network<Scalar = f64, Input = [f64; 3]>, Y>(loss: &impl Loss<N, Y>, targets: &[Y]) {
    const STEP: f64 = 1e-5;
    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    let mut net = N::init(7);
    let mut tape = N::tape::<ROWS>();
    let mut gradients = N::gradients();
    net.forward::<ROWS>(context, &INPUTS, &mut tape);
    let entry = entry(loss);
    let (outputs, d) = N::seam::<ROWS>(&mut tape, ROWS, entry);
    let value = loss.gradient(outputs, targets, d);
    assert!((value - loss.value(outputs, targets)).abs() < 1e-12 && value.is_finite());
    net.backward::<ROWS>(context, entry, &INPUTS, &mut tape, &mut gradients);

    let mut moved = |at: usize, by: f64| {
        let mut net = net.clone();
        net.parameters_mut().all_mut()[at] += by;
        loss.value(net.forward::<ROWS>(context, &INPUTS, &mut tape), targets)
    };
    for param in N::PARAMS {
        let range = param.offset..param.offset + param.len;
        let difference = |at| (moved(at, STEP) - moved(at, -STEP)) / (2.0 * STEP);
        let differences: Vec<f64> = range.clone().map(difference).collect();
        assert!(differences.iter().any(|value| value.abs() > 1e-9), "{} has no part", param.name);
        let distance = distance(&gradients[range], &differences);
        assert!(distance < 1e-6, "{}: {distance:.2e}", param.name);
    }
}

fn entry<N: Network, Y, L: Loss<N, Y>>(_: &L) -> Entry {
    L::ENTRY
}

macro_rules! classes {
    ($($name:ident: $loss:ident, $net:ty;)*) => {$(
        #[test]
        fn $name() {
            for loss in [
                $loss,
                $loss.label_smoothing(0.1),
                $loss.class_weights(WEIGHTS),
                $loss.label_smoothing(0.3).class_weights(WEIGHTS),
            ] {
                check::<$net, _>(&loss, &LABELS);
                check::<$net, _>(&loss, &LABELS.map(i64::from));
                check::<$net, _>(&loss, &DISTRIBUTIONS);
            }
        }
    )*};
}

classes! {
    cross_entropy: CrossEntropy, Probabilities;
    cross_entropy_with_logits: CrossEntropyWithLogits, Plain;
    negative_log_likelihood: NegativeLogLikelihood, LogProbabilities;
}

/// A label for every step: the mean over steps is that of as many samples.
#[test]
fn labels_of_steps() {
    const STEPS: [[u8; 2]; ROWS] = [[2, 0], [1, 1], [0, 2]];
    check::<Steps, _>(&CrossEntropy, &STEPS);
    check::<Steps, _>(&CrossEntropy.label_smoothing(0.2).class_weights(WEIGHTS), &STEPS);
    check::<LogSteps, _>(&NegativeLogLikelihood, &STEPS);
    check::<PlainSteps, _>(&CrossEntropyWithLogits.class_weights(WEIGHTS), &STEPS);
    let outputs = [[[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]]];
    let value = Loss::<Steps, _>::value(&CrossEntropy, &outputs, &[[2_u8, 0]]);
    assert!((value + (0.5_f64.ln() + 0.6_f64.ln()) / 2.0).abs() < 1e-12, "{value}");
    let mut accuracy = Accuracy;
    Metric::<Steps, _>::update(&mut accuracy, &outputs, &[[2_u8, 1]]);
    assert_eq!(Metric::<Steps, [u8; 2]>::value(&accuracy), 0.5);
}

#[test]
fn labels_of_steps_fit_the_outputs() {
    let check = |target: &[u8; 2]| Loss::<Steps, _>::check(&CrossEntropy, target);
    assert_eq!(check(&[2, 0]), Ok(()));
    let error = check(&[2, 3]).unwrap_err().to_string();
    assert_eq!(error, "label 3 is not one of the 3 classes 0 to 2");
    let error = Loss::<Steps, _>::check(&CrossEntropy, &[0_u8; 3]).unwrap_err().to_string();
    assert_eq!(error, "labels for 3 steps, where the outputs have 2");
}

#[test]
fn kl_divergence() {
    check::<Probabilities, _>(&KlDivergence, &DISTRIBUTIONS);
    check::<LogProbabilities, _>(&KlDivergence, &DISTRIBUTIONS);
    let places =
        <[[[f64; 2]; 1]; 2]>::rows(&[0.5, 0.5, 0.1, 0.9, 1.0, 0.0, 0.3, 0.7, 0.2, 0.8, 0.6, 0.4])
            .to_vec();
    check::<Places, _>(&KlDivergence, &places);
    check::<Places, _>(&CrossEntropy, &LABELS);
}

#[test]
fn binary_cross_entropy() {
    check::<Sigmoids, _>(&BinaryCrossEntropy, &DISTRIBUTIONS);
    check::<Plain, _>(&BinaryCrossEntropyWithLogits, &DISTRIBUTIONS);
}

#[test]
fn regression() {
    check::<Plain, _>(&MeanSquaredError, &VALUES);
    check::<Plain, _>(&MeanAbsoluteError, &VALUES);
    check::<Plain, _>(&Huber::new(0.7), &VALUES);
    check::<Plain, _>(&Huber::default(), &VALUES);
    check::<Sigmoids, _>(&MeanSquaredError, &VALUES);
    check::<Probabilities, _>(&MeanSquaredError, &VALUES);
    check::<LogProbabilities, _>(&MeanAbsoluteError, &VALUES);
}

#[test]
fn losses_of_heads_are_those_of_logits() {
    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    let mut value = [0.0; 2];
    let (mut net, mut tape) = (Probabilities::init(7), Probabilities::tape::<ROWS>());
    let outputs = net.forward::<ROWS>(context, &INPUTS, &mut tape);
    value[0] = Loss::<Probabilities, _>::value(&CrossEntropy, outputs, &LABELS);
    let (mut net, mut tape) = (Plain::init(7), Plain::tape::<ROWS>());
    let outputs = net.forward::<ROWS>(context, &INPUTS, &mut tape);
    value[1] = Loss::<Plain, _>::value(&CrossEntropyWithLogits, outputs, &LABELS);
    assert!((value[0] - value[1]).abs() < 1e-12, "{value:?}");
}

#[test]
fn several_outputs() {
    let losses = HeadsLosses {
        flat: CrossEntropy.label_smoothing(0.1),
        logits: CrossEntropyWithLogits,
        used: MeanSquaredError,
        gates: BinaryCrossEntropy,
        last: NegativeLogLikelihood.class_weights(WEIGHTS),
    };
    let row = |i: usize| (LABELS[i], DISTRIBUTIONS[i], VALUES[i], DISTRIBUTIONS[i], LABELS[i]);
    check::<Heads, _>(&losses, &[0, 1, 2].map(row));
}
