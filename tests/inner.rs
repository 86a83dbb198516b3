//! A network as a layer is the layers of its declaration.

use monograd::{
    half::f16,
    network::{Context, Entry, ParamInfo},
    prelude::*,
    simd::Cpu,
};

mod parts {
    use monograd::prelude::*;

    network! {
        pub Backbone: [6, 6, 1] -> [32] {
            conv2d(4, kernel = 3), batch_norm, relu, max_pool2d(2), flatten,
            dense(40), relu, dense(32), tanh,
        }
    }

    network! {
        #[part]
        pub Middle: [32] -> [32] { residual { dense(48), batch_norm, relu, dense(32) }, repeat(2) { dense(32), silu } }
    }

    network! {
        #[part]
        pub Nested: [32] -> [16] { dense(32), first: Middle -> [32], relu, second: Middle -> [32], dense(16) }
    }
}
use parts::{Middle, Nested};

network! {
    Whole: [6, 6, 1] -> [3] {
        body: parts::Backbone -> [32], dense(32), relu,
        residual { Nested -> [16], dense(32), batch_norm }, dense(3), softmax,
    }
}

network! {
    Written: [6, 6, 1] -> [3] {
        conv2d(4, kernel = 3), batch_norm, relu, max_pool2d(2), flatten,
        dense(40), relu, dense(32), tanh,
        dense(32), relu,
        residual {
            dense(32),
            residual { dense(48), batch_norm, relu, dense(32) }, repeat(2) { dense(32), silu },
            relu,
            residual { dense(48), batch_norm, relu, dense(32) }, repeat(2) { dense(32), silu },
            dense(16),
            dense(32), batch_norm,
        },
        dense(3), softmax,
    }
}

network! {
    Frozen: [6, 6, 1] -> [3] { #[freeze] body: parts::Backbone -> [32], dense(16), relu, dense(3), softmax }
}

network! { #[scalar(f64)] Slope: [3] -> [4] { dense(5), tanh, dense(4) } }
network! { #[scalar(f64)] #[part] Twist: [4] -> [5] { dense(5), tanh, softmax } }
network! { #[scalar(f64)] #[part] Bend: [5] -> [5] { dense(5), tanh } }
network! { #[scalar(f64)] #[part] Turns: [5] -> [5] { repeat(2) { bend: Bend -> [5] } } }
network! {
    #[scalar(f64)]
    Checked: [3] -> [2] { a: Slope -> [4], b: Twist -> [5], repeat(2) { c: Turns -> [5] }, dense(2) }
}

type Image = [[[f32; 1]; 6]; 6];

/// Images with a bright blob in one of three corners.
fn blobs(count: usize) -> Vec<(Image, u8)> {
    let mut rng = Rng::new(3);
    let sample = |class: u8| {
        let (top, left) = [(0, 0), (0, 3), (3, 1)][usize::from(class)];
        let mut image = Image::default();
        for (y, row) in image.iter_mut().enumerate() {
            for (x, [pixel]) in row.iter_mut().enumerate() {
                let inside = (top..top + 3).contains(&y) && (left..left + 3).contains(&x);
                *pixel = rng.normal() as f32 * 0.7 + if inside { 1.0 } else { 0.0 };
            }
        }
        (image, class)
    };
    (0..3).cycle().take(count).map(sample).collect()
}

fn trained<N: Network<Scalar = f32, Input = Image, Output = [f32; 3]>>(net: &mut N)
where
    CrossEntropy: Loss<N, u8>,
{
    let trainer = Trainer::new(net).loss(CrossEntropy).optimizer(Adam::new(0.01));
    trainer.batch::<32>().epochs(4).quiet().fit(&blobs(90)).expect("the samples fit");
}

/// The parameters of `Whole` in the order of the layers of `Written`, with the names of both.
fn pairs() -> Vec<(&'static str, &'static str)> {
    let layers: [(&str, &[&str]); 17] = [
        ("body.conv2d1", &["conv2d1"]),
        ("body.batch_norm1", &["batch_norm1"]),
        ("body.dense1", &["dense1"]),
        ("body.dense2", &["dense2"]),
        ("dense1", &["dense3"]),
        ("network2.dense1", &["dense4"]),
        ("network2.first.dense1", &["dense5"]),
        ("network2.first.batch_norm1", &["batch_norm2"]),
        ("network2.first.dense2", &["dense6"]),
        ("network2.first.dense3", &["dense7"]),
        ("network2.second.dense1", &["dense8"]),
        ("network2.second.batch_norm1", &["batch_norm3"]),
        ("network2.second.dense2", &["dense9"]),
        ("network2.second.dense3", &["dense10"]),
        ("network2.dense2", &["dense11"]),
        ("dense2", &["dense12"]),
        ("batch_norm1", &["batch_norm4"]),
    ];
    let last = ("dense3", "dense13");
    let layers = layers.iter().map(|(inner, written)| (*inner, written[0])).chain([last]);
    let own = Whole::PARAMS.iter();
    let pairs = own.map(|param| {
        let (layer, part) = param.name.rsplit_once('.').expect("a layer and a parameter");
        let (_, written) = layers.clone().find(|(inner, _)| *inner == layer).expect(layer);
        let name = format!("{written}.{part}");
        let found = Written::PARAMS.iter().find(|param| param.name == name).expect("the same");
        (param.name, found.name)
    });
    pairs.collect()
}

fn place<N: Network>(name: &str) -> std::ops::Range<usize> {
    let param = N::PARAMS.iter().find(|param| param.name == name).expect("a parameter");
    param.offset..param.offset + param.len
}

/// The same weights in both.
fn both() -> (Whole, Written) {
    let (mut whole, written) = (Whole::init(4), Written::init(5));
    for (a, b) in pairs() {
        let values = &written.parameters().all()[place::<Written>(b)];
        whole.parameters_mut().all_mut()[place::<Whole>(a)].copy_from_slice(values);
    }
    (whole, written)
}

fn same_weights(whole: &Whole, written: &Written) {
    for (a, b) in pairs() {
        let a_values = &whole.parameters().all()[place::<Whole>(a)];
        assert_eq!(a_values, &written.parameters().all()[place::<Written>(b)], "{a} and {b}");
    }
}

#[test]
fn tables_are_those_of_the_layers() {
    assert_eq!(Whole::PARAMS.len(), Written::PARAMS.len());
    assert_eq!(pairs().len(), Written::PARAMS.len());
    assert_eq!((Whole::PARAMETERS, Whole::MACS), (Written::PARAMETERS, Written::MACS));
    for (a, b) in pairs() {
        let find = |params: &'static [ParamInfo], name: &str| {
            *params.iter().find(|param| param.name == name).expect("a parameter")
        };
        let (a, b) = (find(Whole::PARAMS, a), find(Written::PARAMS, b));
        let of = |p: ParamInfo| (p.shape, p.len, p.copies, p.trained);
        assert_eq!(of(a), of(b), "{} and {}", a.name, b.name);
        assert_eq!((a.decays, a.fan_in, a.fan_out), (b.decays, b.fan_in, b.fan_out), "{}", a.name);
    }
    let mut end = 0;
    for param in Whole::PARAMS {
        assert!(param.offset >= end, "{} overlaps the one before", param.name);
        end = param.offset + param.len;
        assert_eq!(param.trained, end <= Whole::TRAINED, "{}", param.name);
    }
    let body = &Whole::LAYERS[0];
    assert_eq!((body.name, body.kind), ("body", "parts::Backbone"));
    assert_eq!((body.parameters, body.macs), (parts::Backbone::PARAMETERS, parts::Backbone::MACS));
    assert!(Whole::summary().contains("parts::Backbone"));
    assert!(Whole::ARCHITECTURE.contains("\nbody is\nlayout"), "{}", Whole::ARCHITECTURE);
    assert!(Whole::ARCHITECTURE.contains("second is"), "{}", Whole::ARCHITECTURE);
}

#[test]
fn fingerprints_are_computed_alike() {
    let digits = monograd::part::fingerprint(Written::ARCHITECTURE);
    assert_eq!(std::str::from_utf8(&digits), Ok(Written::FINGERPRINT));
    let digits = monograd::part::fingerprint(Whole::ARCHITECTURE);
    assert_eq!(std::str::from_utf8(&digits), Ok(Whole::FINGERPRINT));
}

#[test]
fn gradients_are_those_of_the_layers() {
    let (mut whole, mut written) = both();
    let samples = blobs(7);
    let inputs: Vec<Image> = samples.iter().map(|(image, _)| *image).collect();
    let context = Context { cpu: Cpu::detect(), seed: 1, step: 2 };
    let (mut tape, mut expected_tape) = (Whole::tape::<8>(), Written::tape::<8>());
    for entry in [Entry::Output, Entry::Head] {
        let outputs = whole.forward::<8>(context, &inputs, &mut tape).to_vec();
        let expected = written.forward::<8>(context, &inputs, &mut expected_tape).to_vec();
        assert_eq!(outputs, expected);
        same_weights(&whole, &written);
        let d = |index: usize| [0.3, -0.2, 0.1 * index as f32];
        for (row, d_row) in Whole::seam::<8>(&mut tape, 7, entry).1.iter_mut().enumerate() {
            *d_row = d(row);
        }
        for (row, d_row) in
            Written::seam::<8>(&mut expected_tape, 7, entry).1.iter_mut().enumerate()
        {
            *d_row = d(row);
        }
        let (mut gradients, mut expected) = (Whole::gradients(), Written::gradients());
        whole.backward::<8>(context, entry, &inputs, &mut tape, &mut gradients);
        written.backward::<8>(context, entry, &inputs, &mut expected_tape, &mut expected);
        for (a, b) in pairs() {
            let trained = Whole::PARAMS.iter().any(|param| param.name == a && param.trained);
            if trained {
                assert_eq!(gradients[place::<Whole>(a)], expected[place::<Written>(b)], "{a}, {b}");
                assert!(gradients[place::<Whole>(a)].iter().any(|value| *value != 0.0), "{a}");
            }
        }
    }
}

#[test]
fn gradients_are_the_differences_of_the_outputs() {
    let mut net = Checked::init(3);
    let inputs = [[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]];
    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    let mut tape = Checked::tape::<2>();
    let sum = |net: &mut Checked| -> f64 {
        let outputs = net.forward::<2>(context, &inputs, &mut Checked::tape::<2>()).to_vec();
        outputs.iter().map(|[a, b]| 2.0 * a - 0.5 * b).sum()
    };
    net.forward::<2>(context, &inputs, &mut tape);
    Checked::seam::<2>(&mut tape, 2, Entry::Output).1.fill([2.0, -0.5]);
    let mut gradients = Checked::gradients();
    net.backward::<2>(context, Entry::Output, &inputs, &mut tape, &mut gradients);
    assert!(Checked::PARAMS.iter().any(|param| param.name == "c.1.bend.0.dense1.weight"));
    for param in Checked::PARAMS {
        for index in param.offset..param.offset + param.len {
            let step = 1e-5;
            let mut moved = |by: f64| {
                net.parameters_mut().all_mut()[index] += by;
                let value = sum(&mut net);
                net.parameters_mut().all_mut()[index] -= by;
                value
            };
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            let error = (gradients[index] - difference).abs() / difference.abs().max(1.0);
            assert!(error < 1e-8, "{}: {} and {difference}", param.name, gradients[index]);
        }
    }
}

#[test]
fn training_and_inference_are_those_of_the_layers() {
    let (mut whole, mut written) = both();
    trained(&mut whole);
    trained(&mut written);
    same_weights(&whole, &written);
    let (mut scratch, mut expected_scratch) = (Whole::scratch::<1>(), Written::scratch::<1>());
    let (small, expected_small) = (whole.prepare::<f16>(), written.prepare::<f16>());
    for (image, _) in blobs(9) {
        let expected = written.predict(&image, &mut expected_scratch);
        close(whole.predict(&image, &mut scratch), expected, 1e-6);
        let expected = expected_small.predict(&image, &mut expected_scratch);
        close(small.predict(&image, &mut scratch), expected, 1e-2);
    }
}

/// Small dense layers that run as one step round as one.
fn close(a: &[f32; 3], b: &[f32; 3], within: f32) {
    assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < within), "{a:?} and {b:?}");
}

#[test]
fn weights_come_back_bit_for_bit() {
    let net = Whole::init(8);
    let loaded = Whole::from_bytes(&net.to_bytes()).expect("it is whole");
    assert_eq!(loaded.parameters().all(), net.parameters().all());
    assert!(Whole::from_bytes(&Written::init(1).to_bytes()).is_err());
    let text = String::from_utf8_lossy(&net.to_bytes()).into_owned();
    assert!(text.contains("network2.second.dense3.weight"));
}

#[test]
fn every_value_of_a_fresh_network_is_initialised() {
    let net = Whole::init(8);
    for param in Whole::PARAMS.iter().filter(|param| param.name.ends_with("weight")) {
        let values = &net.parameters().all()[param.offset..param.offset + param.len];
        assert!(values.iter().all(|value| *value != 0.0), "{}", param.name);
    }
}

#[test]
fn a_trained_network_goes_in_and_out() {
    let (backbone, middle) = (parts::Backbone::init(11), Middle::init(12));
    let mut net = Whole::init(13);
    let before = net.clone();
    net.body_mut().copy_from(&backbone);
    assert_eq!(net.body().to_network().parameters().all(), backbone.parameters().all());
    let mut nested: Nested = net.network2().to_network();
    nested.second_mut().copy_from(&middle);
    net.network2_mut().copy_from(&nested);
    let mut out = Middle::init(1);
    net.network2().to_network().second().copy_to(&mut out);
    assert_eq!(out.parameters().all(), middle.parameters().all());
    assert_eq!(net.dense1().weight().as_slice(), before.dense1().weight().as_slice());
    assert_eq!(net.dense3().bias().as_slice(), before.dense3().bias().as_slice());
}

#[test]
fn a_frozen_network_runs_as_in_inference_and_stays_as_it_is() {
    let backbone = parts::Backbone::init(21);
    let mut net = Frozen::init(22);
    net.body_mut().copy_from(&backbone);
    assert_eq!(Frozen::TRAINED % 16, 0);
    assert_eq!(Frozen::STATE, parts::Backbone::TRAINED + parts::Backbone::STATE);
    let first = net.dense1().weight().as_slice().to_vec();

    let (image, _) = blobs(1)[0];
    let (mut scratch, mut tape) = (Frozen::scratch::<1>(), Frozen::tape::<1>());
    let inferred = *net.predict(&image, &mut scratch);
    let context = Context { cpu: Cpu::detect(), seed: 1, step: 2 };
    close(&net.forward::<1>(context, &[image], &mut tape)[0], &inferred, 1e-6);

    trained(&mut net);
    assert_eq!(net.body().to_network().parameters().all(), backbone.parameters().all());
    assert_ne!(net.dense1().weight().as_slice(), first);
    let expected = *net.predict(&image, &mut scratch);
    close(net.prepare::<f16>().predict(&image, &mut scratch), &expected, 1e-2);
    assert!(Frozen::LAYERS[0].frozen);
}

#[test]
fn buffers_may_live_in_a_static() {
    static SCRATCH: std::sync::Mutex<Scratch<Whole>> =
        std::sync::Mutex::new(Scratch::<Whole>::new());
    let net = Whole::init(30);
    let (image, _) = blobs(1)[0];
    let mut scratch = SCRATCH.lock().expect("nobody else has it");
    let outputs = *net.predict(&image, &mut scratch);
    assert_eq!(outputs, *net.predict(&image, &mut Whole::scratch::<1>()));
}

#[test]
fn rates_are_by_layer() {
    let mut net = Whole::init(31);
    let before = net.clone();
    let trainer = Trainer::new(&mut net).loss(CrossEntropy).layer_rate("body", 0.0);
    trainer.epochs(1).quiet().fit(&blobs(30)).expect("the samples fit");
    let trained = |net: &Whole| net.body().to_network().parameters().trained().to_vec();
    assert_eq!(trained(&net), trained(&before));
    assert_ne!(net.dense1().weight().as_slice(), before.dense1().weight().as_slice());
}
