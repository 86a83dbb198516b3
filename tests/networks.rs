//! Two whole networks against PyTorch: probabilities, every gradient, and the loss through three
//! steps of Adam.

use monograd::{
    array::Array,
    network::{Context, Entry, Network},
    prelude::*,
    simd::{Cpu, Scalar},
};
use monograd_tests::fixture::{Fixture, distance, noise};

network! {
    /// The convolutional classifier of the Keras MNIST tutorial.
    MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128), relu,
        dense(10), softmax,
    }
}

network! {
    NormNet: [12, 12, 3] -> [10] {
        conv2d(8, kernel = 3, padding = 1, bias = false), batch_norm, relu,
        max_pool2d(2),
        conv2d(16, kernel = 3, stride = 2, bias = false), batch_norm, silu,
        global_avg_pool2d,
        dense(10), softmax,
    }
}

const ROWS: usize = 8;

/// `(name, scale, offset)` as in `make_network` of the script, whose weights come from their index.
type Param = (&'static str, f64, f64);

fn fill<N: Network<Scalar = f32>>(net: &mut N, params: &[Param]) {
    let values = net.parameters_mut().all_mut();
    for (i, (name, scale, offset)) in params.iter().enumerate() {
        let param = N::PARAMS.iter().find(|param| param.name == *name).expect("a parameter");
        let noise = noise(param.len, 2 + i as u64, *scale);
        let into = &mut values[param.offset..param.offset + param.len];
        into.iter_mut().zip(noise).for_each(|(v, n)| *v = (n + offset) as f32);
    }
}

fn check<N: Network<Scalar = f32>>(fixture_name: &str, params: &[Param])
where
    CrossEntropy: Loss<N, u8>,
{
    let fixture = Fixture::read("networks");
    let tensor = |part: &str| fixture.tensor(&format!("{fixture_name}.{part}"));
    let mut net = N::init(1);
    fill(&mut net, params);
    let x: Vec<f32> = noise(ROWS * N::Input::LEN, 1, 1.0).iter().map(|v| *v as f32).collect();
    let inputs = N::Input::rows(&x);
    let labels: Vec<u8> = (0..ROWS).map(|i| (i * 3 % 10) as u8).collect();

    let cpu = Cpu::detect();
    let mut tape = N::tape::<ROWS>();
    let mut gradients = N::gradients();
    let mut adam = Adam::new(1e-3).epsilon(1e-7);
    let mut losses = Vec::new();
    for step in 0..4 {
        let context = Context { cpu, seed: 0, step };
        net.forward::<ROWS>(context, inputs, &mut tape);
        let (y, d) = N::seam::<ROWS>(&mut tape, ROWS, Entry::Head);
        if step == 0 {
            let y: Vec<f64> = N::Output::flat(y).iter().map(|v| v.to_f64()).collect();
            close("probabilities", &y, &tensor("y"));
        }
        losses.push(CrossEntropy.gradient(y, &labels, d));
        net.backward::<ROWS>(context, Entry::Head, inputs, &mut tape, &mut gradients);
        if step == 0 {
            for (name, ..) in params {
                let param = N::PARAMS.iter().find(|p| p.name == *name).expect("a parameter");
                let gradient = &gradients[param.offset..param.offset + param.len];
                let gradient: Vec<f64> = gradient.iter().map(|v| v.to_f64()).collect();
                close(name, &gradient, &tensor(&format!("d.{name}")));
            }
        }
        adam.step(cpu, net.parameters_mut().split_mut().0, &gradients);
    }
    for (step, (loss, expected)) in losses.iter().zip(tensor("losses")).enumerate() {
        let error = (loss - expected).abs() / expected;
        assert!(error < 1e-5, "step {step}: loss {loss}, PyTorch's {expected}");
    }
}

fn close(what: &str, actual: &[f64], expected: &[f64]) {
    let distance = distance(actual, expected);
    assert!(distance < 1e-5, "{what} is {distance:.2e} from PyTorch's");
}

#[test]
fn mnist_cnn() {
    check::<MnistCnn>(
        "mnist_cnn",
        &[
            ("conv2d1.weight", 0.3, 0.0),
            ("conv2d1.bias", 0.1, 0.0),
            ("dense1.weight", 0.02, 0.0),
            ("dense1.bias", 0.1, 0.0),
            ("dense2.weight", 0.2, 0.0),
            ("dense2.bias", 0.1, 0.0),
        ],
    );
}

#[test]
fn norm_net() {
    check::<NormNet>(
        "norm_net",
        &[
            ("conv2d1.weight", 0.3, 0.0),
            ("batch_norm1.gamma", 0.3, 1.0),
            ("batch_norm1.beta", 0.3, 0.0),
            ("conv2d2.weight", 0.2, 0.0),
            ("batch_norm2.gamma", 0.3, 1.0),
            ("batch_norm2.beta", 0.3, 0.0),
            ("dense1.weight", 0.4, 0.0),
            ("dense1.bias", 0.1, 0.0),
        ],
    );
}
