//! Batches that the trainer divides have the gradients, losses and metrics of whole ones.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use monograd::{
    array::Array,
    loss::Loss,
    network::{Context, Entry, head},
    prelude::*,
    simd::{Cpu, Scalar},
    train::{Place, TrainError},
};

/// Samples of a batch: enough work for two shards, whose values are more than a cache holds.
const ROWS: usize = 40;
const RATE: f64 = 0.1;

network! {
    #[scalar(f64)]
    Exact: [24, 24, 3] -> [4] {
        conv2d(12, kernel = 3, padding = same), tanh,
        conv2d(12, kernel = 3), tanh,
        global_avg_pool2d,
        dense(4), softmax,
    }
}

network! {
    Drawing: [24, 24, 3] -> [4] {
        conv2d(12, kernel = 3, padding = same), relu,
        dropout(0.2),
        conv2d(12, kernel = 3), relu,
        global_avg_pool2d,
        dense(4), softmax,
    }
}

network! {
    Frozen: [24, 24, 3] -> [4] {
        #[freeze] conv2d(12, kernel = 3, padding = same), #[freeze] batch_norm, relu,
        conv2d(12, kernel = 3), relu,
        global_avg_pool2d,
        dense(4), softmax,
    }
}

network! {
    #[scalar(f64)]
    ExactFrozen: [24, 24, 3] -> [4] {
        #[freeze] conv2d(12, kernel = 3, padding = same), #[freeze] batch_norm, relu,
        conv2d(12, kernel = 3), relu,
        global_avg_pool2d,
        dense(4), softmax,
    }
}

/// Images that are brighter the higher their label is.
fn data<N: Network>(rows: usize) -> Vec<(N::Input, u8)> {
    let mut rng = Rng::new(5);
    let mut sample = |row: usize| {
        let (mut image, label) = ([N::Input::ZEROED], (row % 4) as u8);
        for value in N::Input::flat_mut(&mut image) {
            *value = N::Scalar::from_f64(rng.uniform() - 0.5 + 0.2 * f64::from(label));
        }
        (image[0], label)
    };
    (0..rows).map(&mut sample).collect()
}

fn trainer<N: Network<Head = head::Softmax>>(
    net: &mut N,
    threads: usize,
) -> Trainer<'_, N, u8, ROWS> {
    let trainer = Trainer::new(net).loss(CrossEntropy).metric(Accuracy).optimizer(Sgd::new(RATE));
    trainer.batch::<ROWS>().threads(threads).quiet()
}

/// The weights after a step over the whole batch, and its loss.
fn step_of_whole<N: Network<Head = head::Softmax>>(net: &mut N, data: &[(N::Input, u8)]) -> f64 {
    let (inputs, labels): (Vec<_>, Vec<_>) = data.iter().copied().unzip();
    let (mut tape, mut gradients) = (N::tape::<ROWS>(), N::gradients());
    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    net.forward::<ROWS>(context, &inputs, &mut tape);
    let (outputs, d) = N::seam::<ROWS>(&mut tape, inputs.len(), Entry::Head);
    let loss = Loss::<N, u8>::gradient(&CrossEntropy, outputs, &labels, d);
    net.backward::<ROWS>(context, Entry::Head, &inputs, &mut tape, &mut gradients);
    let (trained, _) = net.parameters_mut().split_mut();
    for (weight, gradient) in trained.iter_mut().zip(&gradients[..]) {
        *weight -= N::Scalar::from_f64(RATE) * *gradient;
    }
    loss
}

fn values<N: Network>(net: &N) -> Vec<f64> {
    net.parameters().all().iter().map(|value| value.to_f64()).collect()
}

#[test]
fn a_step_is_that_of_the_whole_batch() {
    for rows in [ROWS, 37, 5, 1] {
        equals_whole::<Exact>(rows);
        equals_whole::<ExactFrozen>(rows);
    }
}

fn equals_whole<N: Network<Head = head::Softmax>>(rows: usize) {
    let data = data::<N>(rows);
    let (mut divided, mut whole) = (N::init(1), N::init(1));
    let history = trainer(&mut divided, 2).fit(&data).expect("training runs");
    let loss = step_of_whole(&mut whole, &data);
    let report = &history.epochs[0].train;
    assert!((report.loss - loss).abs() < 1e-12, "{} and {loss}", report.loss);
    let wrong = values(&divided).into_iter().zip(values(&whole)).map(|(a, b)| (a - b).abs());
    assert!(wrong.fold(0.0, f64::max) < 1e-13, "{rows} rows");
}

/// What a metric is shown.
#[derive(Default)]
struct Pairs(Vec<([f64; 4], u8)>);

impl Metric<Exact, u8> for Pairs {
    fn name(&self) -> &'static str {
        "pairs"
    }
    fn reset(&mut self) {
        self.0.clear();
    }
    fn update(&mut self, outputs: &[[f64; 4]], targets: &[u8]) {
        assert_eq!(outputs.len(), targets.len());
        self.0.extend(outputs.iter().copied().zip(targets.iter().copied()));
    }
    fn value(&self) -> f64 {
        self.0.len() as f64
    }
}

#[test]
fn metrics_see_every_sample_with_its_target() {
    let (data, mut pairs) = (data::<Exact>(ROWS), Pairs::default());
    let (mut net, mut scratch) = (Exact::init(1), Exact::scratch::<1>());
    let first = net.clone();
    trainer(&mut net, 2).metric(&mut pairs).fit(&data).expect("training runs");
    let mut expected: Vec<_> =
        data.iter().map(|(input, label)| (*first.predict(input, &mut scratch), *label)).collect();
    let by_values = |a: &([f64; 4], u8), b: &([f64; 4], u8)| a.partial_cmp(b).expect("no NaN");
    expected.sort_by(by_values);
    pairs.0.sort_by(by_values);
    assert_eq!(pairs.0.len(), expected.len());
    for ((output, label), (expected, expected_label)) in pairs.0.iter().zip(&expected) {
        assert!((output[0] - expected[0]).abs() < 1e-12, "{output:?} is not {expected:?}");
        assert_eq!(label, expected_label);
    }
}

/// The bits of the weights after three epochs of five batches, the last of which is smaller.
fn bits<N: Network<Head = head::Softmax, Scalar = f32>>(threads: usize) -> Vec<u32> {
    let mut net = N::init(3);
    let data = data::<N>(4 * ROWS + 7);
    trainer(&mut net, threads).epochs(3).fit(&data).expect("training runs");
    net.parameters().all().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn threads_do_not_change_a_bit() {
    for threads in [2, 3, 5] {
        assert_eq!(bits::<Drawing>(1), bits::<Drawing>(threads), "{threads} threads");
        assert_eq!(bits::<Frozen>(1), bits::<Frozen>(threads), "frozen, {threads} threads");
    }
}

/// The squared distance of the outputs of a batch from their mean: no sample has a loss of its own.
struct Spread<'s, const SEPARABLE: bool>(&'s AtomicUsize);

impl<const SEPARABLE: bool> Loss<Exact, u8> for Spread<'_, SEPARABLE> {
    const ENTRY: Entry = Entry::Output;
    const SEPARABLE: bool = SEPARABLE;

    fn value(&self, outputs: &[[f64; 4]], _: &[u8]) -> f64 {
        self.0.fetch_max(outputs.len(), Relaxed);
        let mean = outputs.iter().map(|output| output[0]).sum::<f64>() / outputs.len() as f64;
        outputs.iter().map(|output| (output[0] - mean).powi(2)).sum()
    }
    fn gradient(&self, outputs: &[[f64; 4]], targets: &[u8], d: &mut [[f64; 4]]) -> f64 {
        d.fill([0.0; 4]);
        self.value(outputs, targets)
    }
}

/// The most samples that a loss is shown at once.
fn shown<const SEPARABLE: bool>() -> usize {
    let (mut net, seen) = (Exact::init(1), AtomicUsize::new(0));
    let trainer = Trainer::new(&mut net).loss(Spread::<SEPARABLE>(&seen)).batch::<ROWS>();
    trainer.threads(2).quiet().fit(&data::<Exact>(ROWS)).expect("training runs");
    seen.into_inner()
}

#[test]
fn losses_that_compare_samples_see_whole_batches() {
    assert_eq!(shown::<false>(), ROWS);
    assert!(shown::<true>() < ROWS / 2, "two shards, of several micro-batches");
}

#[test]
fn values_that_are_not_finite_are_found_in_every_micro_batch() {
    for row in [0, 13, ROWS - 1] {
        let mut data = data::<Drawing>(ROWS);
        data[row].0.as_flattened_mut().as_flattened_mut().fill(f32::MAX);
        let mut net = Drawing::init(3);
        let before = values(&net);
        let error = trainer(&mut net, 2).fit(&data).expect_err("a layer overflows");
        let TrainError::NotFinite { place: Place::Layer { name }, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(*name, "conv2d1");
        assert_eq!(values(&net), before);
    }
}

/// Whichever micro-batch is seen first.
#[test]
fn the_first_layer_is_that_of_the_whole_batch() {
    for order in [[0, 13], [13, 0], [0, ROWS - 1], [ROWS - 1, 0]] {
        let mut data = data::<Drawing>(ROWS);
        for (row, value) in order.into_iter().zip([f32::MAX, 2e38]) {
            data[row].0.as_flattened_mut().as_flattened_mut().fill(value);
        }
        let mut net = Drawing::init(3);
        // 27 products and 108: the smaller value passes the first layer, and not the second.
        for param in Drawing::PARAMS.iter().filter(|param| param.name.starts_with("conv")) {
            let range = param.offset..param.offset + param.len;
            net.parameters_mut().all_mut()[range].fill(0.05);
        }
        let error = trainer(&mut net, 2).fit(&data).expect_err("a layer overflows");
        let TrainError::NotFinite { place: Place::Layer { name }, .. } = &error else {
            panic!("{error}");
        };
        assert_eq!(*name, "conv2d1", "{error}");
    }
}
