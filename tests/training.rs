//! What `Trainer` promises, on networks small enough to know the answer.

use std::ops::ControlFlow;

use monograd::{
    network::Network,
    optim::schedule::{ReduceOnPlateau, Warmup},
    prelude::*,
    train::Place,
};

network! { #[scalar(f64)] Line: [1] -> [1] { dense(1, bias = false) } }
network! { Two: [2] -> [2] { dense(4), tanh, dense(2) } }

const POINTS: [([f64; 1], [f64; 1]); 6] = [
    ([1.0], [2.0]),
    ([2.0], [1.0]),
    ([-1.0], [3.0]),
    ([0.5], [0.0]),
    ([3.0], [1.0]),
    ([-2.0], [1.0]),
];

fn line(weight: f64) -> Line {
    let mut net = Line::init(1);
    net.parameters_mut().all_mut()[0] = weight;
    net
}

fn weight(net: &Line) -> f64 {
    net.parameters().all()[0]
}

#[test]
fn accumulated_batches_count_as_one() {
    let (mut few, mut large) = (line(0.5), line(0.5));
    let sgd = || Sgd::new(0.01).momentum(0.9);
    let trainer = Trainer::new(&mut few).optimizer(sgd()).loss(MeanSquaredError).quiet();
    trainer.batch::<2>().accumulate(2).epochs(3).fit(&POINTS).expect("training runs");
    let trainer = Trainer::new(&mut large).optimizer(sgd()).loss(MeanSquaredError).quiet();
    trainer.batch::<4>().epochs(3).fit(&POINTS).expect("training runs");
    assert!((weight(&few) - weight(&large)).abs() < 1e-12, "{few:?} {large:?}");
}

/// From 0.5 one full batch moves by the rate times `2 · mean(x (0.5 x - t))`.
fn movement(
    prepare: impl FnOnce(Trainer<'_, Line, [f64; 1], 6>) -> Trainer<'_, Line, [f64; 1], 6>,
) -> f64 {
    let mut net = line(0.5);
    let trainer = Trainer::new(&mut net).optimizer(Sgd::new(1.0)).loss(MeanSquaredError);
    prepare(trainer.batch::<6>().quiet()).fit(&POINTS).expect("training runs");
    0.5 - weight(&net)
}

#[test]
fn gradients_are_clipped() {
    let gradient: f64 = POINTS.iter().map(|([x], [t])| 2.0 * x * (0.5 * x - t)).sum::<f64>() / 6.0;
    assert!((movement(|trainer| trainer) - gradient).abs() < 1e-12);
    assert!(gradient.abs() > 0.1, "{gradient} is worth clipping");
    let signed = 0.1_f64.copysign(gradient);
    assert!((movement(|trainer| trainer.clip_value(0.1)) - signed).abs() < 1e-12);
    assert!((movement(|trainer| trainer.clip_norm(0.1)) - signed).abs() < 1e-12);
    assert!((movement(|trainer| trainer.clip_norm(1e3)) - gradient).abs() < 1e-12);
}

const PAIRS: [([f32; 2], [f32; 2]); 3] =
    [([0.0, 1.0], [1.0, 0.0]), ([1.0, 0.5], [0.0, 1.0]), ([0.3, 0.2], [0.5, 0.5])];

#[test]
fn layers_have_rates_of_their_own() {
    let (mut net, start) = (Two::init(3), Two::init(3));
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).quiet();
    trainer.layer_rate("dense1", 0.0).fit(&PAIRS).expect("training runs");
    for param in Two::PARAMS {
        let range = param.offset..param.offset + param.len;
        let same = net.parameters().all()[range.clone()] == start.parameters().all()[range];
        assert_eq!(same, param.name.starts_with("dense1"), "{}", param.name);
    }
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).quiet();
    let error = trainer.layer_rate("dense3", 0.1).fit(&PAIRS).expect_err("there are two");
    let text = "the network has no layer `dense3` with trained parameters, only dense1, dense2";
    assert_eq!(error.to_string(), text);
}

#[test]
fn early_stopping_puts_the_best_weights_back() {
    let mut net = line(0.0);
    // The rate is too large after the warm-up, so the loss falls first and rises then.
    let history = Trainer::new(&mut net)
        .optimizer(Sgd::new(0.5))
        .schedule(Warmup::new(10))
        .loss(MeanSquaredError)
        .batch::<6>()
        .epochs(50)
        .validation(POINTS)
        .early_stopping(EarlyStopping::new(2))
        .quiet()
        .fit(&POINTS)
        .expect("training runs");
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.watched_loss()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let at = losses.iter().position(|loss| *loss == best).expect("it is one of them") + 1;
    assert_eq!((history.restored, losses.len()), (Some(at), at + 3), "{losses:?}");
    assert!(at > 1 && losses[at] > best);
    assert_eq!(evaluate(&net, &POINTS).expect("there are samples").loss, best);
}

#[test]
fn callbacks_stop_and_plateaus_slow_down() {
    let mut net = line(0.2);
    // Steps too small to change the weight, so the loss stays on a plateau.
    let mut rates = Vec::new();
    Trainer::new(&mut net)
        .optimizer(Sgd::new(1e-200))
        .schedule(ReduceOnPlateau::new(0.5, 1))
        .loss(MeanSquaredError)
        .epochs(20)
        .on_epoch(|epoch| {
            rates.push(epoch.rate);
            if epoch.number == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .quiet()
        .fit(&POINTS)
        .expect("training runs");
    assert_eq!(rates, [1e-200, 1e-200, 1e-200, 0.5e-200]);
}

#[test]
fn callbacks_see_the_network_of_the_epoch() {
    let mut net = line(0.2);
    let mut checkpoints = Vec::new();
    Trainer::new(&mut net)
        .loss(MeanSquaredError)
        .epochs(3)
        .on_epoch_with(|epoch, net| {
            checkpoints.push((epoch.number, net.to_bytes()));
            ControlFlow::Continue(())
        })
        .quiet()
        .fit(&POINTS)
        .expect("training runs");
    assert_eq!(checkpoints.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
    let [first, .., last] = &checkpoints[..] else { panic!("there were three epochs") };
    assert_eq!(last.1, net.to_bytes());
    assert_ne!(first.1, last.1);
}

fn failure(net: &mut Two, data: &[([f32; 2], [f32; 2])], rate: f64) -> TrainError {
    let trainer = Trainer::new(net).optimizer(Sgd::new(rate)).loss(MeanSquaredError);
    let trainer = trainer.batch::<1>().epochs(9).quiet();
    trainer.fit(data).expect_err("the loss is not finite")
}

#[test]
fn losses_that_are_not_finite_name_their_place() {
    let broken = [([f32::NAN, 0.0], [0.0, 0.0])];
    let error = failure(&mut Two::init(1), &broken, 0.1);
    let TrainError::NotFinite { epoch: 1, batch: 1, place, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(place, Place::Input { row: 0 });

    let mut net = Two::init(1);
    let bias = Two::PARAMS.iter().find(|param| param.name == "dense2.bias").expect("a bias");
    net.parameters_mut().all_mut()[bias.offset] = f32::INFINITY;
    let error = failure(&mut net, &PAIRS, 0.1);
    let TrainError::NotFinite { place, .. } = &error else { panic!("{error}") };
    assert_eq!(*place, Place::Parameter { name: "dense2.bias" });

    // Saturated activations of one, times four weights near the largest number.
    let mut net = Two::init(1);
    for param in Two::PARAMS {
        let values = &mut net.parameters_mut().all_mut()[param.offset..param.offset + param.len];
        values.fill(if param.name.starts_with("dense1") { 100.0 } else { 3e38 });
    }
    let error = failure(&mut net, &PAIRS, 0.1);
    let TrainError::NotFinite { place, .. } = &error else { panic!("{error}") };
    assert_eq!(*place, Place::Layer { name: "dense2" }, "{error}");
}

#[test]
fn wrong_data_is_told_before_the_first_step() {
    let mut net = Two::init(1);
    let none: [([f32; 2], [f32; 2]); 0] = [];
    let error = Trainer::new(&mut net).loss(MeanSquaredError).fit(&none).expect_err("no samples");
    assert_eq!(error, TrainError::Empty { part: "training" });
    let labels = [([0.0_f32, 0.0], 1_u8), ([0.0, 0.0], 7)];
    let trainer = Trainer::new(&mut net).loss(CrossEntropyWithLogits).quiet();
    let error = trainer.fit(&labels).expect_err("there is no class 7");
    let text = "sample 1 of the training data: label 7 is not one of the 2 classes 0 to 1";
    assert_eq!(error.to_string(), text);
}

/// Samples have the numbers that they have in the data, wherever a batch or a split has put them.
#[test]
fn errors_name_the_sample_in_the_data() {
    let mut data = [([0.5_f32, 0.25], [1.0_f32, 0.0]); 20];
    data[13].0[1] = f32::NAN;
    let place = |split: Option<f64>, seed| {
        let mut net = Two::init(1);
        let trainer = Trainer::new(&mut net).loss(MeanSquaredError).batch::<4>().seed(seed).quiet();
        let trainer = match split {
            Some(share) => trainer.validation_split(share),
            None => trainer,
        };
        match trainer.fit(&data) {
            Err(TrainError::NotFinite { place, .. }) => Some(place),
            other => {
                assert!(other.is_ok(), "{other:?}");
                None
            }
        }
    };
    assert_eq!(place(None, 1), Some(Place::Input { row: 13 }));
    let places: Vec<Place> = (0..8).filter_map(|seed| place(Some(0.25), seed)).collect();
    assert!(!places.is_empty() && places.iter().all(|place| *place == Place::Input { row: 13 }));

    let mut labels = [([0.5_f32, 0.25], 1_u8); 20];
    labels[13].1 = 2;
    let mut net = Two::init(1);
    let trainer =
        Trainer::new(&mut net).loss(CrossEntropyWithLogits).validation_split(0.25).quiet();
    let error = trainer.fit(&labels).expect_err("there is no class 2");
    assert!(matches!(error, TrainError::Target { part: "training", row: 13, .. }), "{error}");
}

/// Descent in the other direction and parts without samples are no settings.
#[test]
fn settings_beyond_their_range_are_told() {
    fn told(
        change: impl FnOnce(Trainer<'_, Two, [f32; 2]>) -> Trainer<'_, Two, [f32; 2]>,
    ) -> String {
        let mut net = Two::init(1);
        let trainer = change(Trainer::new(&mut net).loss(MeanSquaredError).quiet());
        trainer.fit(&PAIRS).expect_err("a setting is beyond its range").to_string()
    }
    let limit = "`clip_norm` is -1, expected a limit above 0";
    assert_eq!(told(|trainer| trainer.clip_norm(-1.0)), limit);
    assert!(told(|trainer| trainer.clip_value(f64::NAN)).starts_with("`clip_value` is NaN"));
    assert!(told(|trainer| trainer.layer_rate("dense1", -1.0)).starts_with("`layer_rate` is -1"));
    assert!(told(|trainer| trainer.optimizer(Sgd::new(-0.1))).starts_with("`rate` is -0.1"));
    let least = |least| EarlyStopping::new(1).least(least);
    assert!(told(|trainer| trainer.early_stopping(least(-1.0))).starts_with("`least` is -1"));
    assert!(told(|trainer| trainer.early_stopping(least(f64::NAN))).starts_with("`least` is NaN"));
    let share = "`validation_split` is 1, expected a share between 0 and 1";
    assert_eq!(told(|trainer| trainer.validation_split(1.0)), share);
}

network! { Normed: [2] -> [2] { dense(4), batch_norm, tanh, dense(2) } }

/// The statistics of a batch that is not finite are not those of the data.
#[test]
fn a_loss_that_is_not_finite_leaves_the_network_as_it_was() {
    let data = [([0.5_f32, 1.0], [0.0_f32, 1.0]), ([f32::NAN, 1.0], [1.0, 0.0])];
    let mut net = Normed::init(1);
    let before = net.to_bytes();
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).batch::<2>().quiet();
    trainer.fit(&data).expect_err("an input is not a number");
    assert_eq!(net.to_bytes(), before);
}

/// Samples of which one cannot be read.
struct Broken;

impl Dataset<[f32; 2]> for Broken {
    type Target = [f32; 2];
    fn len(&self) -> usize {
        40
    }
    fn input(&self, index: usize, into: &mut [f32; 2]) {
        assert_ne!(index, 17, "a broken sample");
        *into = [0.5, 0.25];
    }
    fn target(&self, _: usize) -> [f32; 2] {
        [1.0, 0.0]
    }
}

/// Threads that are kept awake end with the run, however it ends.
#[test]
fn errors_and_panics_end_the_threads_too() {
    let run = || {
        let mut net = Two::init(1);
        let trainer = Trainer::new(&mut net).loss(MeanSquaredError).batch::<4>().threads(3);
        trainer.epochs(2).quiet().fit(&Broken)
    };
    let panicked = std::panic::catch_unwind(run).expect_err("a sample panics");
    assert!(panicked.downcast_ref::<String>().expect("a message").contains("a broken sample"));
    let mut net = Two::init(1);
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).batch::<2>().threads(3).quiet();
    let broken = [([f32::INFINITY, 0.0], [0.0, 0.0]); 9];
    trainer.fit(&broken).expect_err("inputs are not finite");
    let mut net = Two::init(1);
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).batch::<2>().threads(3).quiet();
    let stop = trainer.epochs(50).on_epoch(|_| ControlFlow::Break(())).fit(&PAIRS);
    assert_eq!(stop.expect("training runs").epochs.len(), 1);
}

#[test]
fn a_batch_may_be_larger_than_the_data() {
    let (mut small, mut large) = (line(0.5), line(0.5));
    let trainer = Trainer::new(&mut small).loss(MeanSquaredError).batch::<6>().epochs(3).quiet();
    let exact = trainer.fit(&POINTS).expect("training runs");
    let trainer = Trainer::new(&mut large).loss(MeanSquaredError).batch::<64>().epochs(3).quiet();
    let larger = trainer.fit(&POINTS).expect("training runs");
    assert_eq!(weight(&small), weight(&large));
    assert_eq!(exact.last(), larger.last());
}

/// A distribution has a probability for every class.
#[test]
fn distributions_of_other_lengths_are_told() {
    let mut net = Two::init(1);
    let trainer = Trainer::new(&mut net).loss(CrossEntropyWithLogits).quiet();
    let error = trainer.fit(&[([0.0_f32; 2], [0.0_f32, 0.0, 1.0])]).expect_err("two classes");
    let text =
        "sample 0 of the training data: a distribution over 3 classes, where the outputs are 2";
    assert_eq!(error.to_string(), text);
}
