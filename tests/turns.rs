//! Networks and layers of one's own in a `repeat` are as many separate uses of them.

use std::ops::Range;

use monograd::{
    custom::{CustomLayer, Parameter, Pass},
    half::f16,
    network::{Context, Entry, ParamInfo},
    prelude::*,
    simd::Cpu,
};

/// `y = tanh(slope · x)`.
struct Slope;

impl CustomLayer for Slope {
    type Input = [f64; 6];
    type Output = [f64; 6];
    const NAME: &'static str = "Slope";
    const PARAMETERS: &'static [Parameter] = &[Parameter::ones("slope", &[6])];

    fn forward(slope: &[f64], x: &[f64; 6], y: &mut [f64; 6]) {
        (0..6).for_each(|n| y[n] = (slope[n] * x[n]).tanh());
    }

    fn backward(pass: Pass<'_, Self>, dy: &[f64; 6], dx: &mut [f64; 6], d: &mut [f64]) {
        for n in 0..6 {
            let d_sum = dy[n] * (1.0 - pass.output[n] * pass.output[n]);
            dx[n] = pass.parameters[n] * d_sum;
            d[n] += pass.input[n] * d_sum;
        }
    }
}

network! {
    #[scalar(f64)]
    #[part]
    Block: [6] -> [6] { residual { dense(8), batch_norm, relu, dense(6) }, repeat(2) { dense(6), silu } }
}

network! {
    #[scalar(f64)]
    Loop: [5] -> [3] {
        dense(6),
        repeat(3) {
            body: Block -> [6], silu, own: layer(Slope) -> [6],
            repeat(2) { deep: Block -> [6], last: layer(Slope) -> [6] },
        },
        dense(3), softmax,
    }
}

network! {
    #[scalar(f64)]
    Written: [5] -> [3] {
        block turn {
            body: Block -> [6], silu, own: layer(Slope) -> [6],
            deep_a: Block -> [6], last_a: layer(Slope) -> [6],
            deep_b: Block -> [6], last_b: layer(Slope) -> [6],
        }
        dense(6), a: turn, b: turn, c: turn, dense(3), softmax,
    }
}

/// The name in `Written` of a parameter of `Loop`: `deep.2.1.dense1.weight` is of `c_deep_b`.
fn written(name: &str) -> String {
    let mut parts = name.splitn(2, '.');
    let (layer, rest) = (parts.next().expect("a layer"), parts.next().expect("a parameter"));
    let turn = |part: &str| ["a", "b", "c"][part.parse::<usize>().expect("a turn")];
    match layer {
        "body" | "own" => {
            let (number, rest) = rest.split_once('.').expect("a turn");
            format!("{}_{layer}.{rest}", turn(number))
        }
        "deep" | "last" => {
            let mut parts = rest.splitn(3, '.');
            let mut next = || parts.next().expect("two turns and a name");
            let (outer, inner, rest) = (turn(next()), turn(next()), next());
            format!("{outer}_{layer}_{inner}.{rest}")
        }
        _ => name.to_owned(),
    }
}

fn find<N: Network>(name: &str) -> &'static ParamInfo {
    let found = N::PARAMS.iter().find(|param| param.name == name);
    found.unwrap_or_else(|| panic!("{} has no {name}", N::NAME))
}

fn place(param: &ParamInfo) -> Range<usize> {
    param.offset..param.offset + param.len
}

/// The parameters of both.
fn pairs() -> impl Iterator<Item = (&'static ParamInfo, &'static ParamInfo)> {
    Loop::PARAMS.iter().map(|param| (param, find::<Written>(&written(param.name))))
}

/// The same weights in both.
fn both() -> (Loop, Written) {
    let (mut turns, written) = (Loop::init(4), Written::init(5));
    for (a, b) in pairs() {
        let values = &written.parameters().all()[place(b)];
        turns.parameters_mut().all_mut()[place(a)].copy_from_slice(values);
    }
    (turns, written)
}

fn inputs(count: usize) -> Vec<[f64; 5]> {
    let mut rng = Rng::new(8);
    (0..count).map(|_| std::array::from_fn(|_| rng.normal())).collect()
}

fn context() -> Context {
    Context { cpu: Cpu::detect(), seed: 1, step: 2 }
}

fn close(a: &[f64], b: &[f64], what: &str) {
    let far = a.iter().zip(b).find(|(a, b)| (**a - **b).abs() > 1e-10);
    assert!(a.len() == b.len() && far.is_none(), "{what}: {far:?}");
}

#[test]
fn tables_have_every_turn() {
    assert_eq!(Loop::PARAMS.len(), Written::PARAMS.len());
    assert_eq!((Loop::PARAMETERS, Loop::MACS), (Written::PARAMETERS, Written::MACS));
    assert!(Loop::PARAMS.iter().any(|param| param.name == "deep.2.1.dense1.weight"));
    for (a, b) in pairs() {
        let of = |p: &ParamInfo| (p.shape, p.len, p.copies, p.trained, p.decays, p.init, p.fan_in);
        assert_eq!(of(a), of(b), "{} and {}", a.name, b.name);
    }
    let mut end = 0;
    for param in Loop::PARAMS {
        assert!(param.offset >= end, "{} overlaps the one before", param.name);
        end = param.offset + param.len;
        assert_eq!(param.trained, end <= Loop::TRAINED, "{}", param.name);
    }
    assert!(end <= Loop::TRAINED + Loop::STATE);
    let deep = Loop::LAYERS.iter().find(|layer| layer.name == "deep").expect("a layer");
    assert_eq!((deep.parameters, deep.macs), (6 * Block::PARAMETERS, 6 * Block::MACS));
    assert!(Loop::ARCHITECTURE.contains("\ndeep is\nlayout"), "{}", Loop::ARCHITECTURE);
}

#[test]
fn every_turn_starts_from_values_of_its_own() {
    let net = Loop::init(8);
    let mut weights: Vec<Vec<u64>> = Vec::new();
    for param in Loop::PARAMS.iter().filter(|param| param.name.ends_with("weight")) {
        let values = net.parameters().all()[place(param)].iter().map(|value| value.to_bits());
        weights.push(values.take(8).collect());
    }
    let count = weights.len();
    weights.sort();
    weights.dedup();
    assert_eq!((weights.len(), count), (count, 2 + 9 * 3));
}

#[test]
fn gradients_are_those_of_separate_uses() {
    let (mut turns, mut written) = both();
    let inputs = inputs(7);
    let (mut tape, mut expected_tape) = (Loop::tape::<8>(), Written::tape::<8>());
    for entry in [Entry::Output, Entry::Head] {
        let outputs = turns.forward::<8>(context(), &inputs, &mut tape).as_flattened().to_vec();
        let expected = written.forward::<8>(context(), &inputs, &mut expected_tape);
        close(&outputs, expected.as_flattened(), "outputs");
        let d: Vec<[f64; 3]> = (0..7).map(|row| [0.3, -0.2, 0.1 * f64::from(row)]).collect();
        Loop::seam::<8>(&mut tape, 7, entry).1.copy_from_slice(&d);
        Written::seam::<8>(&mut expected_tape, 7, entry).1.copy_from_slice(&d);
        let (mut gradients, mut expected) = (Loop::gradients(), Written::gradients());
        turns.backward::<8>(context(), entry, &inputs, &mut tape, &mut gradients);
        written.backward::<8>(context(), entry, &inputs, &mut expected_tape, &mut expected);
        for (a, b) in pairs().filter(|(a, _)| a.trained) {
            close(&gradients[place(a)], &expected[place(b)], a.name);
            assert!(gradients[place(a)].iter().any(|value| *value != 0.0), "{}", a.name);
        }
    }
}

fn trained<N: Network<Scalar = f64, Input = [f64; 5], Output = [f64; 3]>>(net: &mut N)
where
    CrossEntropy: Loss<N, u8>,
{
    let data: Vec<_> = inputs(40).into_iter().zip([0_u8, 1, 2].into_iter().cycle()).collect();
    let trainer = Trainer::new(net).loss(CrossEntropy).optimizer(Sgd::new(0.05));
    trainer.batch::<16>().epochs(3).quiet().fit(&data).expect("the samples fit");
}

/// Running statistics too; and inference, with prepared weights as well.
#[test]
fn training_and_inference_are_those_of_separate_uses() {
    let (mut turns, mut written) = both();
    let start = turns.clone();
    trained(&mut turns);
    trained(&mut written);
    for (a, b) in pairs() {
        let values = &turns.parameters().all()[place(a)];
        close(values, &written.parameters().all()[place(b)], a.name);
        assert_ne!(values, &start.parameters().all()[place(a)], "{}", a.name);
    }
    let (mut scratch, mut expected_scratch) = (Loop::scratch::<1>(), Written::scratch::<1>());
    let prepared = turns.prepare::<f64>();
    for input in inputs(9) {
        let expected = written.predict(&input, &mut expected_scratch);
        close(turns.predict(&input, &mut scratch), expected, "inference");
        close(prepared.predict(&input, &mut scratch), expected, "prepared inference");
    }
}

#[test]
fn batches_of_inference_are_their_rows() {
    let net = Loop::init(3);
    let inputs = inputs(5);
    let (mut one, mut eight) = (Loop::scratch::<1>(), Loop::scratch::<8>());
    let outputs = net.predict_rows::<8>(&inputs, &mut eight).expect("five fit eight");
    for (input, output) in inputs.iter().zip(outputs) {
        close(net.predict(input, &mut one), output, "a row");
    }
}

#[test]
fn files_have_every_turn() {
    let net = Loop::init(8);
    let bytes = net.to_bytes();
    let loaded = Loop::from_bytes(&bytes).expect("it is whole");
    assert_eq!(loaded.parameters().all(), net.parameters().all());
    assert!(Loop::from_bytes(&Written::init(1).to_bytes()).is_err());
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("a file");
    let names = tensors.names().into_iter().map(written);
    let mut names: Vec<String> = names.collect();
    let mut expected: Vec<String> = Written::PARAMS.iter().map(|p| p.name.to_owned()).collect();
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    let shape = |name| tensors.tensor(name).expect("a tensor").shape().to_vec();
    assert_eq!((shape("body.2.dense1.weight"), shape("own.0.slope")), (vec![6, 8], vec![6]));
    assert_eq!(shape("deep.1.0.dense3.weight"), [2, 6, 6]);
}

#[test]
fn trained_networks_go_in_and_out_of_turns() {
    let block = Block::init(11);
    let mut net = Loop::init(13);
    let before = net.clone();
    net.body_mut()[1].copy_from(&block);
    net.deep_mut()[2][0].copy_from(&block);
    for turn in 0..3 {
        let [body, old] = [&net, &before].map(|net| net.body()[turn].to_network());
        let is_new = body.parameters().all() == block.parameters().all();
        assert_eq!(
            (is_new, body.parameters().all() != old.parameters().all()),
            (turn == 1, turn == 1)
        );
        for inner in 0..2 {
            let deep = net.deep()[turn][inner].to_network();
            let expected = if (turn, inner) == (2, 0) {
                &block
            } else {
                &before.deep()[turn][inner].to_network()
            };
            assert_eq!(deep.parameters().all(), expected.parameters().all());
        }
    }
    let param = find::<Loop>("deep.2.0.dense2.bias");
    let values = &net.parameters().all()[place(param)];
    assert_eq!(values, block.dense2().bias().as_slice());
}

network! {
    #[scalar(f64)]
    Frozen: [6] -> [2] {
        repeat(2) { #[freeze] body: Block -> [6], #[freeze] layer(Slope) -> [6] }, dense(2),
    }
}

#[test]
fn frozen_ones_run_as_in_inference_and_stay_as_they_are() {
    let mut net = Frozen::init(21);
    let mut blocks = [Block::init(22), Block::init(23)];
    for (block, mut body) in blocks.iter_mut().zip(net.body_mut()) {
        for param in Block::PARAMS.iter().filter(|param| !param.trained) {
            block.parameters_mut().all_mut()[place(param)].iter_mut().for_each(|v| *v += 0.5);
        }
        body.copy_from(block);
    }
    let start = net.clone();
    let input = [0.3, -0.7, 1.1, 0.9, 0.2, -0.4];
    let mut scratch = Frozen::scratch::<1>();
    let mut x = input;
    for block in &blocks {
        let y = *block.predict(&x, &mut Block::scratch::<1>());
        x = y.map(f64::tanh);
    }
    let dense = |net: &Frozen| -> Vec<f64> {
        let (weight, bias) = (*net.dense1().weight(), *net.dense1().bias());
        (0..2).map(|n| bias[n] + (0..6).map(|k| x[k] * weight[k][n]).sum::<f64>()).collect()
    };
    close(net.predict(&input, &mut scratch), &dense(&net), "inference");
    close(
        &net.forward::<1>(context(), &[input], &mut Frozen::tape::<1>())[0],
        &dense(&net),
        "training",
    );
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).epochs(3).quiet();
    trainer.fit(&[(input, [0.0, 1.0])]).expect("training runs");
    assert_ne!(net.dense1().weight().as_slice(), start.dense1().weight().as_slice());
    close(net.prepare::<f64>().predict(&input, &mut scratch), &dense(&net), "prepared");
    let inner = |net: &Frozen| net.body().map(|body| body.to_network().parameters().all().to_vec());
    assert_eq!(inner(&net), inner(&start));
    assert!(Frozen::PARAMS.iter().filter(|p| p.name.starts_with("body")).all(|p| !p.trained));
    let loaded = Frozen::from_bytes(&net.to_bytes()).expect("it is whole");
    assert_eq!(loaded.parameters().all(), net.parameters().all());
}

network! { #[part] Noise: [64] -> [64] { dropout(0.5) } }
network! { Twice: [64] -> [64] { repeat(2) { Noise -> [64] } } }

/// Were the masks of the turns the same, half of the values would be left.
#[test]
fn turns_draw_for_themselves() {
    let mut net = Twice::init(1);
    let mut tape = Twice::tape::<8>();
    let outputs = net.forward::<8>(context(), &[[1.0; 64]; 8], &mut tape);
    let left = outputs.as_flattened().iter().filter(|value| **value != 0.0).count();
    assert!((96..160).contains(&left), "{left} of 512 values are left");
}

network! { #[part] Pair: [64] -> [64] { repeat(2) { Noise -> [64] } } }
network! { Four: [64] -> [64] { repeat(2) { Pair -> [64] } } }

/// Also where the same turns are taken in another order.
#[test]
fn turns_within_turns_draw_for_themselves() {
    let mut net = Four::init(1);
    let mut tape = Four::tape::<8>();
    let outputs = net.forward::<8>(context(), &[[1.0; 64]; 8], &mut tape);
    let left = outputs.as_flattened().iter().filter(|value| **value != 0.0).count();
    assert!((16..48).contains(&left), "{left} of 512 values are left, not 1/16");
}

network! { #[part] Wide: [48] -> [48] { residual { dense(64), relu, dense(48), batch_norm } } }
network! { Small: [4] -> [3] { dense(48), repeat(11) { Wide -> [48], tanh }, dense(3), softmax } }

#[test]
fn prepared_weights_may_be_narrow() {
    let net = Small::init(3);
    assert_eq!(find::<Small>("network1.10.dense1.weight").shape, [48, 64]);
    let (mut scratch, mut other) = (Small::scratch::<1>(), Small::scratch::<1>());
    let narrow = net.prepare::<f16>();
    for input in [[0.5, -1.0, 2.0, 0.1], [1.5, 0.3, -0.7, -2.0]] {
        let (a, b) = (net.predict(&input, &mut scratch), narrow.predict(&input, &mut other));
        assert!(a != b && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-2), "{a:?} and {b:?}");
    }
}

#[test]
fn buffers_may_live_in_a_static() {
    static SCRATCH: std::sync::Mutex<Scratch<Small>> =
        std::sync::Mutex::new(Scratch::<Small>::new());
    let (net, input) = (Small::init(30), [0.5, -1.0, 2.0, 0.1]);
    let mut scratch = SCRATCH.lock().expect("nobody else has it");
    let outputs = *net.predict(&input, &mut scratch);
    assert_eq!(outputs, *net.predict(&input, &mut Small::scratch::<1>()));
}

#[test]
fn rates_are_by_layer() {
    let mut net = Small::init(31);
    let before = net.clone();
    let data = [([0.5, -1.0, 2.0, 0.1], 0_u8), ([1.5, 0.3, -0.7, -2.0], 1)];
    let trainer = Trainer::new(&mut net).loss(CrossEntropy).layer_rate("network1", 0.0);
    trainer.epochs(1).quiet().fit(&data).expect("the samples fit");
    let trained =
        |net: &Small| net.network1().map(|wide| wide.to_network().parameters().trained().to_vec());
    assert_eq!(trained(&net), trained(&before));
    assert_ne!(net.dense1().weight().as_slice(), before.dense1().weight().as_slice());
}

network! {
    #[part]
    Filter: [9, 4] -> [9, 4] { conv1d(4, kernel = 3, padding = causal), gru(4, return_sequences = true) }
}
network! {
    Filters: [9, 4] -> [9, 2] {
        dense(4), repeat(2) { repeat(2) { deep: Filter -> [9, 4], tanh }, wide: Filter -> [9, 4] }, dense(2),
    }
}

/// Every turn keeps what its own network saw.
#[test]
fn steps_are_those_of_the_whole_sequence() {
    let net = Filters::init(5);
    let mut rng = Rng::new(6);
    let input: [[f32; 4]; 9] =
        std::array::from_fn(|_| std::array::from_fn(|_| rng.normal() as f32));
    let expected = *net.predict(&input, &mut Filters::scratch::<1>());
    let (mut state, prepared) = (Filters::state(), net.prepare::<f32>());
    for round in 0..2 {
        state.reset();
        for (sample, expected) in input.iter().zip(&expected) {
            let found = if round == 0 {
                net.step(&mut state, sample)
            } else {
                prepared.step(&mut state, sample)
            };
            let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(near, "{found:?} and {expected:?}");
        }
    }
}
