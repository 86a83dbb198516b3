//! Layers of one's own compute what built-in ones do, and train among them.

use monograd::{
    custom::{CustomLayer, Parameter, Pass, gradient_error},
    init::Init,
    prelude::*,
};

/// `dense`, written by hand.
struct Linear<const K: usize, const N: usize>;

impl<const K: usize, const N: usize> CustomLayer for Linear<K, N> {
    type Input = [f64; K];
    type Output = [f64; N];
    const NAME: &'static str = "Linear";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::weight("weight", &[K, N]), Parameter::zeros("bias", &[N])];
    const MACS: usize = K * N;

    fn forward(parameters: &[f64], x: &[f64; K], y: &mut [f64; N]) {
        let (weight, bias) = parameters.split_at(K * N);
        y.copy_from_slice(bias);
        for (x, row) in x.iter().zip(weight.as_chunks::<N>().0) {
            y.iter_mut().zip(row).for_each(|(y, w)| *y += x * w);
        }
    }

    fn backward(pass: Pass<'_, Self>, dy: &[f64; N], dx: &mut [f64; K], d: &mut [f64]) {
        let (d_weight, d_bias) = d.split_at_mut(K * N);
        d_bias.iter_mut().zip(dy).for_each(|(d, dy)| *d += dy);
        let weight = pass.parameters[..K * N].as_chunks::<N>().0;
        for (k, d_row) in d_weight.as_chunks_mut::<N>().0.iter_mut().enumerate() {
            dx[k] = weight[k].iter().zip(dy).map(|(w, dy)| w * dy).sum();
            d_row.iter_mut().zip(dy).for_each(|(d, dy)| *d += pass.input[k] * dy);
        }
    }
}

/// `tanh` without parameters, which reads its output; the sign of its gradient may be wrong.
struct Tanh<const N: usize, const WRONG: bool>;

impl<const N: usize, const WRONG: bool> CustomLayer for Tanh<N, WRONG> {
    type Input = [f64; N];
    type Output = [f64; N];
    const NAME: &'static str = "Tanh";

    fn forward(_: &[f64], x: &[f64; N], y: &mut [f64; N]) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x.tanh());
    }

    fn backward(pass: Pass<'_, Self>, dy: &[f64; N], dx: &mut [f64; N], _: &mut [f64]) {
        for n in 0..N {
            let slope = 1.0 - pass.output[n] * pass.output[n];
            dx[n] = if WRONG { -slope * dy[n] } else { slope * dy[n] };
        }
    }
}

/// Every pixel times a factor of its channel, in `f32`.
struct Scale<const C: usize>;

impl<const C: usize> CustomLayer for Scale<C> {
    type Input = [[[f32; C]; 4]; 4];
    type Output = [[[f32; C]; 4]; 4];
    const NAME: &'static str = "Scale";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::ones("factor", &[C]).init(Init::Constant(2.0))];

    fn forward(factor: &[f32], x: &Self::Input, y: &mut Self::Output) {
        for (x, y) in x.as_flattened().iter().zip(y.as_flattened_mut()) {
            for c in 0..C {
                y[c] = factor[c] * x[c];
            }
        }
    }

    fn backward(pass: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, d: &mut [f32]) {
        let rows = pass.input.as_flattened().iter().zip(dy.as_flattened());
        for ((x, dy), dx) in rows.zip(dx.as_flattened_mut()) {
            for c in 0..C {
                dx[c] = pass.parameters[c] * dy[c];
                d[c] += x[c] * dy[c];
            }
        }
    }
}

#[test]
fn gradients_are_differences() {
    for seed in 0..5 {
        assert!(gradient_error::<Linear<4, 3>>(seed) < 1e-8);
        assert!(gradient_error::<Tanh<6, false>>(seed) < 1e-8);
        assert!(gradient_error::<Scale<3>>(seed) < 1e-2);
        assert!(gradient_error::<Tanh<6, true>>(seed) > 1.0, "a wrong sign is seen");
    }
}

network! {
    #[scalar(f64)]
    Own: [5] -> [3] {
        dense(4), layer(Tanh<4, false>) -> [4], hidden: layer(Linear<4, 6>) -> [6], tanh,
        residual { layer(Linear<6, 6>) -> [6], layer(Tanh<6, false>) -> [6] }, dense(3),
    }
}
network! {
    #[scalar(f64)]
    BuiltIn: [5] -> [3] {
        dense(4), tanh, dense(6), tanh, residual { dense(6), tanh }, dense(3),
    }
}

/// The parameters of one network in the order of the other's.
fn ordered<N: Network<Scalar = f64>>(net: &N, names: &[&str]) -> Vec<f64> {
    let of = |name: &&str| {
        let param = N::PARAMS.iter().find(|param| param.name == *name);
        let param = param.unwrap_or_else(|| panic!("{} has no {name}", N::NAME));
        net.parameters().all()[param.offset..][..param.len].to_vec()
    };
    names.iter().flat_map(of).collect()
}

const OWN: [&str; 8] = [
    "dense1.weight",
    "dense1.bias",
    "hidden.weight",
    "hidden.bias",
    "layer3.weight",
    "layer3.bias",
    "dense2.weight",
    "dense2.bias",
];
const BUILT_IN: [&str; 8] = [
    "dense1.weight",
    "dense1.bias",
    "dense2.weight",
    "dense2.bias",
    "dense3.weight",
    "dense3.bias",
    "dense4.weight",
    "dense4.bias",
];

fn data() -> Vec<([f64; 5], [f64; 3])> {
    let mut rng = Rng::new(8);
    (0..40).map(|_| (core::array::from_fn(|_| rng.normal()), [rng.normal(), 0.5, -1.0])).collect()
}

fn trained<N: Network<Scalar = f64, Input = [f64; 5], Output = [f64; 3]>>(
    mut net: N,
    threads: usize,
) -> (N, f64)
where
    MeanSquaredError: Loss<N, [f64; 3]>,
{
    let trainer = Trainer::new(&mut net).optimizer(Adam::new(0.01)).loss(MeanSquaredError);
    let trainer = trainer.batch::<16>().epochs(3).threads(threads).quiet();
    let loss = trainer.fit(&data()).expect("training runs").last().loss;
    (net, loss)
}

/// The same start, and after nine steps of Adam the same weights to rounding.
#[test]
fn they_train_as_built_in_ones() {
    let (mut own, built_in) = (Own::init(3), BuiltIn::init(4));
    for (name, other) in OWN.iter().zip(BUILT_IN) {
        let param = Own::PARAMS.iter().find(|param| param.name == *name).expect("it is there");
        let values = ordered(&built_in, &[other]);
        own.parameters_mut().all_mut()[param.offset..][..param.len].copy_from_slice(&values);
    }
    let ((own, loss), (built_in, expected)) = (trained(own, 1), trained(built_in, 1));
    assert!((loss - expected).abs() < 1e-10, "{loss} and {expected}");
    let (own, built_in) = (ordered(&own, &OWN), ordered(&built_in, &BUILT_IN));
    assert!(own.iter().zip(&built_in).all(|(a, b)| (a - b).abs() < 1e-8));
}

#[test]
fn threads_do_not_change_a_bit() {
    let bits = |threads| {
        let (net, _) = trained(Own::init(3), threads);
        net.parameters().all().iter().map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(bits(1), bits(2));
    assert_eq!(bits(1), bits(3));
}

network! {
    Images: [6, 6, 2] -> [2] {
        conv2d(3, kernel = 3), scale: layer(Scale<3>) -> [4, 4, 3], relu, flatten, dense(2), softmax,
    }
}

#[test]
fn tables_and_copies_have_them() {
    let param = Images::PARAMS.iter().find(|param| param.name == "scale.factor");
    let param = param.expect("the name is that of the layer and its own");
    assert_eq!((param.shape, param.init, param.decays), (&[3][..], Init::Constant(2.0), false));
    assert_eq!(Images::PARAMETERS, 9 * 2 * 3 + 3 + 3 + 48 * 2 + 2);
    assert_eq!(Own::MACS, 5 * 4 + 4 * 6 + 6 * 6 + 6 * 3);
    assert!(Images::summary().contains("layer(Scale<3>)"), "{}", Images::summary());
    assert!(Images::ARCHITECTURE.contains("Scale"), "{}", Images::ARCHITECTURE);
    let (net, mut other) = (Images::init(1), Images::init(2));
    assert_eq!(net.scale().to_network().parameters().all(), [2.0; 3]);
    let mut scale = other.scale().to_network();
    scale.parameters_mut().all_mut().copy_from_slice(&[1.0, 2.0, 3.0]);
    other.scale_mut().copy_from(&scale);
    assert_eq!(other.parameters().all()[param.offset..][..3], [1.0, 2.0, 3.0]);
}

/// Prepared weights have the parameters in another place.
#[test]
fn prepared_networks_have_them() {
    let mut net = Images::init(1);
    let data = [([[[1.0, -0.5]; 6]; 6], 0_u8), ([[[-1.0, 0.25]; 6]; 6], 1)];
    let trainer = Trainer::new(&mut net).optimizer(Adam::new(0.05)).loss(CrossEntropy);
    trainer.epochs(20).quiet().fit(&data).expect("training runs");
    assert!(net.scale().to_network().parameters().all().iter().any(|factor| *factor != 2.0));
    let prepared: Prepared<Images, f32> = net.prepare();
    let (mut one, mut other) = (Images::scratch::<1>(), Images::scratch::<1>());
    for (image, _) in &data {
        let (plain, prepared) = (net.predict(image, &mut one), prepared.predict(image, &mut other));
        assert!(plain.iter().zip(prepared).all(|(a, b)| (a - b).abs() < 1e-6));
    }
    assert!(evaluate(&net, &data).expect("there are samples").loss < 0.2);
}

network! { #[scalar(f64)] Frozen: [4] -> [2] { #[freeze] layer(Linear<4, 3>) -> [3], dense(2) } }

#[test]
fn frozen_ones_stay_as_they_are() {
    let (mut net, start) = (Frozen::init(1), Frozen::init(1));
    let trainer = Trainer::new(&mut net).loss(MeanSquaredError).epochs(3).quiet();
    trainer.fit(&[([1.0, 2.0, 3.0, 4.0], [0.0, 1.0])]).expect("training runs");
    let of = |net: &Frozen| net.layer1().to_network().parameters().all().to_vec();
    assert_eq!(of(&net), of(&start));
    assert_ne!(net.dense1().weight().as_slice(), start.dense1().weight().as_slice());
}
