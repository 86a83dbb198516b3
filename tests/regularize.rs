//! `l1`, `l2` and `max_norm` of single layers: penalties, their gradients, and norms after every step.

use monograd::{
    network::{Context, Entry},
    prelude::*,
    regularize::{self, MaxNorm, Regularizer},
    simd::Cpu,
};
use monograd_tests::fixture::{Fixture, distance, noise};

network! {
    #[scalar(f64)]
    Small: [5, 5, 2] -> [3] {
        conv2d(4, kernel = 3, bias = false, l2 = 0.01, max_norm = 0.9), tanh,
        depthwise_conv2d(2, multiplier = 2, bias = false, l1 = 0.02, max_norm = 0.6),
        conv2d_transpose(3, kernel = 2, bias = false, max_norm = 0.8), tanh,
        flatten, dense(3, l1 = 0.003, l2 = 0.02, max_norm = 1),
    }
}

/// As `REGULARIZED` of `fixtures/make.py` has them.
const SCALES: [(&str, f64); 5] = [
    ("conv2d1.weight", 0.5),
    ("depthwise_conv2d1.weight", 0.5),
    ("conv2d_transpose1.weight", 0.5),
    ("dense1.weight", 0.4),
    ("dense1.bias", 0.1),
];

/// Four steps of momentum beside PyTorch's, the losses with their penalties too.
#[test]
fn training_is_that_of_the_equations() {
    let mut net = Small::init(1);
    for (salt, (name, scale)) in (2..).zip(SCALES) {
        let param = Small::PARAMS.iter().find(|param| param.name == name).expect("it is declared");
        let values = noise(param.len, salt, scale);
        net.parameters_mut().all_mut()[param.offset..][..param.len].copy_from_slice(&values);
    }
    let inputs = noise(6 * 50, 1, 1.0);
    let inputs = <<Small as Network>::Input as monograd::array::Array>::rows(&inputs);
    let data: Vec<_> = inputs.iter().enumerate().map(|(row, x)| (*x, row as u8 % 3)).collect();
    let history = Trainer::new(&mut net)
        .optimizer(Sgd::new(0.3).momentum(0.9))
        .loss(CrossEntropyWithLogits)
        .batch::<6>()
        .epochs(4)
        .quiet()
        .fit(&data)
        .expect("training runs");
    let fixture = Fixture::read("regularized");
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.train.loss).collect();
    assert!(distance(&losses, &fixture.tensor("losses")) < 1e-10, "{losses:?}");
    for param in Small::PARAMS {
        let values = &net.parameters().all()[param.offset..][..param.len];
        let distance = distance(values, &fixture.tensor(param.name));
        assert!(distance < 1e-9, "{}: {distance:.2e} from PyTorch's", param.name);
    }
}

network! { #[scalar(f64)] Line: [1] -> [1] { dense(1, bias = false, l1 = 0.25, l2 = 0.5) } }

const POINTS: [([f64; 1], [f64; 1]); 2] = [([1.0], [2.0]), ([-2.0], [1.0])];

fn line(weight: f64) -> Line {
    let mut net = Line::init(1);
    net.parameters_mut().all_mut()[0] = weight;
    net
}

/// Worked out by hand: the mean of `(w x - t)²` and of its gradient `2 x (w x - t)`, and the penalty
/// `|w| / 4 + w² / 2` and its gradient `1 / 4 + w`.
#[test]
fn losses_and_steps_by_hand() {
    let w = 0.8_f64;
    let [loss, gradient] = POINTS.iter().fold([0.0, 0.0], |[loss, gradient], ([x], [t])| {
        let error = w * x - t;
        [loss + error * error / 2.0, gradient + x * error]
    });
    let penalty = w / 4.0 + w * w / 2.0;
    let mut net = line(w);
    let trainer = Trainer::new(&mut net).optimizer(Sgd::new(0.1)).loss(MeanSquaredError);
    let trainer = trainer.validation(POINTS).batch::<2>().quiet();
    let history = trainer.fit(&POINTS).expect("training runs");
    let epoch = &history.epochs[0];
    assert!((epoch.train.loss - (loss + penalty)).abs() < 1e-12);
    let moved = w - 0.1 * (gradient + 0.25 + w);
    assert!((net.parameters().all()[0] - moved).abs() < 1e-12);
    let validation = epoch.validation.as_ref().expect("there was validation").loss;
    let alone = evaluate(&net, &POINTS).expect("there are samples").loss;
    assert_eq!(validation, alone, "validation and evaluation measure the data alone");
}

/// The sum of several batches is averaged before the penalty is added, and clipping sees both.
#[test]
fn penalties_are_added_once_a_step_and_clipped() {
    let after = |accumulate: bool, clip: f64| {
        let mut net = line(0.8);
        let trainer = Trainer::new(&mut net).optimizer(Sgd::new(0.1)).loss(MeanSquaredError);
        let trainer = trainer.clip_value(clip).quiet();
        let run = if accumulate {
            trainer.batch::<1>().accumulate(2).fit(&POINTS)
        } else {
            trainer.batch::<2>().fit(&POINTS)
        };
        run.expect("training runs");
        net.parameters().all()[0]
    };
    assert!((after(true, 1e9) - after(false, 1e9)).abs() < 1e-12);
    assert!((after(false, 0.01) - (0.8 - 0.1 * 0.01)).abs() < 1e-12);
}

network! {
    Every: [6] -> [2] {
        embedding(9, width = 4, max_norm = 0.5),
        conv1d(4, kernel = 2, max_norm = 0.5, l2 = 0.1),
        conv1d_transpose(6, kernel = 2, max_norm = 0.5),
        attention(2, max_norm = 0.5),
        lstm(4, return_sequences = true, max_norm = 0.5),
        gru(4, return_sequences = true, max_norm = 0.5), rnn(4, return_sequences = true, max_norm = 0.5),
        reshape([6, 2, 2]), separable_conv2d(4, kernel = 2, max_norm = 0.5),
        flatten, #[freeze] dense(8, l2 = 0.1, max_norm = 0.01),
        repeat(3) { dense(8, max_norm = 0.5) },
        dense(2),
    }
}

/// What a norm goes over: all weights that enter one output, one filter, or one row of a table.
#[test]
fn norms_are_those_of_units() {
    let of = |name: &str| {
        let param = Every::PARAMS.iter().find(|param| param.name == name);
        let max_norm = param.unwrap_or_else(|| panic!("no {name}")).max_norm;
        max_norm.map(|MaxNorm { limit, units, inner }| (limit, units, inner))
    };
    for (name, units, inner) in [
        ("embedding1.weight", 9, 4),
        ("conv1d1.weight", 4, 1),
        ("conv1d_transpose1.weight", 6, 4),
        ("attention1.query", 6, 1),
        ("lstm1.weight", 16, 1),
        ("lstm1.recurrent_weight", 16, 1),
        ("gru1.weight", 12, 1),
        ("rnn1.recurrent_weight", 4, 1),
        ("separable_conv2d1.depthwise", 2, 1),
        ("separable_conv2d1.pointwise", 4, 1),
        ("dense2.weight", 8, 1),
    ] {
        assert_eq!(of(name), Some((0.5, units, inner)), "{name}");
    }
    for name in ["conv1d1.bias", "lstm1.bias", "attention1.query_bias", "dense3.weight"] {
        assert_eq!(of(name), None, "{name}");
    }
    let penalized = Every::PARAMS.iter().filter(|param| !param.regularizer.is_none());
    let penalized: Vec<_> = penalized.map(|param| (param.name, param.regularizer)).collect();
    let l2 = Regularizer { l1: 0.0, l2: 0.1 };
    assert_eq!(penalized, [("conv1d1.weight", l2), ("dense1.weight", l2)]);
}

/// The norms of the weights that enter every unit of a parameter, turn by turn.
fn norms(net: &Every, name: &str) -> Vec<f32> {
    let param = Every::PARAMS.iter().find(|param| param.name == name).expect("it is declared");
    let MaxNorm { units, inner, .. } = param.max_norm.expect("it has one");
    let values = &net.parameters().all()[param.offset..][..param.len];
    let turns = values.chunks(param.len / param.copies);
    let unit = |turn: &[f32], unit: usize| {
        let weights = turn.iter().enumerate().filter(|(at, _)| at / inner % units == unit);
        weights.map(|(_, w)| w * w).sum::<f32>().sqrt()
    };
    turns.flat_map(|turn| (0..units).map(move |at| unit(turn, at))).collect()
}

#[test]
fn norms_hold_after_every_step() {
    let mut net = Every::init(1);
    let frozen = net.dense1().weight().as_slice().to_vec();
    let data: Vec<_> = (0..8_u8).map(|at| ([f32::from(at); 6], [f32::from(at % 2), 1.0])).collect();
    let (mut steps, mut full) = (0, 0);
    Trainer::new(&mut net)
        .optimizer(Adam::new(0.1))
        .loss(MeanSquaredError)
        .batch::<8>()
        .epochs(20)
        .on_epoch_with(|_, net| {
            for param in
                Every::PARAMS.iter().filter(|param| param.trained && param.max_norm.is_some())
            {
                let norms = norms(net, param.name);
                assert!(norms.iter().all(|norm| *norm <= 0.5 + 1e-6), "{}: {norms:?}", param.name);
                full += norms.iter().filter(|norm| **norm > 0.5 - 1e-6).count();
            }
            steps += 1;
            std::ops::ControlFlow::Continue(())
        })
        .quiet()
        .fit(&data)
        .expect("training runs");
    assert!(steps == 20 && full > 100, "{full} norms were at their limit");
    assert_eq!(net.dense1().weight().as_slice(), frozen, "a frozen layer is left alone");
}

/// A layer without a rate is not moved, not even by its constraint.
#[test]
fn layers_without_a_rate_are_left_alone() {
    let mut net = Every::init(1);
    let start = net.conv1d1().weight().as_slice().to_vec();
    let data = [([1.0_f32; 6], [1.0, 0.0])];
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).layer_rate("conv1d1", 0.0).quiet();
    trainer.fit(&data).expect("training runs");
    assert_eq!(net.conv1d1().weight().as_slice(), start);
    regularize::constrain(&mut net);
    assert_ne!(net.conv1d1().weight().as_slice(), start, "its norms were above the limit");
}

network! { pub Body: [3] -> [2] { dense(2, l2 = 0.5) } }
network! { Whole: [3] -> [1] { body: Body -> [2], dense(1) } }

/// A network as a layer keeps what its own declaration asks for.
#[test]
fn networks_as_layers_have_their_penalties() {
    let mut net = Whole::init(1);
    let weights = net.body().to_network().dense1().weight().as_slice().to_vec();
    let penalty: f32 = weights.iter().map(|w| 0.5 * w * w).sum();
    assert!((regularize::penalty(&net) - f64::from(penalty)).abs() < 1e-6);
    let mut gradients = Whole::gradients();
    regularize::add_gradients(&net, Cpu::detect(), &mut gradients);
    let added: Vec<f32> = gradients.iter().copied().filter(|gradient| *gradient != 0.0).collect();
    assert_eq!(added, weights, "2 · 0.5 · w");

    let (context, inputs) = (Context { cpu: Cpu::detect(), seed: 1, step: 0 }, [[1.0, 2.0, 3.0]]);
    let mut tape = Whole::tape::<1>();
    net.forward::<1>(context, &inputs, &mut tape);
    Whole::seam::<1>(&mut tape, 1, Entry::Output).1[0] = [0.0];
    net.backward::<1>(context, Entry::Output, &inputs, &mut tape, &mut gradients);
    assert!(gradients.iter().all(|gradient| *gradient == 0.0), "the backward pass has no penalty");
}
