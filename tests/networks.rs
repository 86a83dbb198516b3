//! Whole networks against PyTorch: probabilities, every gradient, and the loss through three
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

network! {
    ResidualNet: [8, 8, 3] -> [10] {
        stem: conv2d(6, kernel = 3, padding = same), relu,
        residual {
            conv2d(6, kernel = 3, padding = same, bias = false), batch_norm, relu,
            conv2d(6, kernel = 1),
        },
        residual(shortcut = { conv2d(8, kernel = 1, stride = 2) }) {
            conv2d(8, kernel = 3, stride = 2, padding = same),
        },
        parallel(concat) { { conv2d(4, kernel = 1) }, { tanh }, {} },
        mean: global_avg_pool2d,
        gate: dense(20), open: sigmoid,
        gated: multiply(mean),
        from(mean), subtract(open), maximum(gated), average(mean),
        dense(10), softmax,
    }
}

network! {
    TwoHeads: (board: [9], meta: [3]) -> (policy: [5], value: [1]) {
        concat(meta), body: dense(7), tanh,
        dense(5), policy: softmax,
        from(tanh1), value: dense(1),
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

fn check<N: Network<Scalar = f32>>(file: &str, fixture_name: &str, params: &[Param])
where
    CrossEntropy: Loss<N, u8>,
{
    let fixture = Fixture::read(file);
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
        "networks",
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
        "networks",
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

#[test]
fn residual_net() {
    check::<ResidualNet>(
        "graphs",
        "residual_net",
        &[
            ("stem.weight", 0.3, 0.0),
            ("stem.bias", 0.1, 0.0),
            ("conv2d2.weight", 0.2, 0.0),
            ("batch_norm1.gamma", 0.3, 1.0),
            ("batch_norm1.beta", 0.3, 0.0),
            ("conv2d3.weight", 0.4, 0.0),
            ("conv2d3.bias", 0.1, 0.0),
            ("conv2d4.weight", 0.4, 0.0),
            ("conv2d4.bias", 0.1, 0.0),
            ("conv2d5.weight", 0.2, 0.0),
            ("conv2d5.bias", 0.1, 0.0),
            ("conv2d6.weight", 0.4, 0.0),
            ("conv2d6.bias", 0.1, 0.0),
            ("gate.weight", 0.3, 0.0),
            ("gate.bias", 0.1, 0.0),
            ("dense2.weight", 0.4, 0.0),
            ("dense2.bias", 0.1, 0.0),
        ],
    );
}

#[test]
fn two_heads() {
    let fixture = Fixture::read("graphs");
    let tensor = |part: &str| fixture.tensor(&format!("two_heads.{part}"));
    let mut net = TwoHeads::init(1);
    let names =
        ["body.weight", "body.bias", "dense2.weight", "dense2.bias", "value.weight", "value.bias"];
    for (salt, name) in (3..).zip(names) {
        let param = TwoHeads::PARAMS.iter().find(|p| p.name == name).expect("a parameter");
        let into = &mut net.parameters_mut().all_mut()[param.offset..param.offset + param.len];
        into.iter_mut().zip(noise(param.len, salt, 0.5)).for_each(|(v, n)| *v = n as f32);
    }
    let rows = |len: usize, salt| -> Vec<f32> {
        noise(ROWS * len, salt, 1.0).iter().map(|v| *v as f32).collect()
    };
    let (board, meta, values) = (rows(9, 1), rows(3, 2), rows(1, 20));
    let inputs: Vec<[f32; 12]> = board
        .as_chunks::<9>()
        .0
        .iter()
        .zip(meta.as_chunks::<3>().0)
        .map(|(board, meta)| TwoHeadsInput { board: *board, meta: *meta }.into())
        .collect();
    let targets: Vec<(u8, [f32; 1])> =
        values.iter().enumerate().map(|(i, v)| ((i * 3 % 5) as u8, [*v])).collect();

    let context = Context { cpu: Cpu::detect(), seed: 0, step: 0 };
    let losses = TwoHeadsLosses { policy: CrossEntropy, value: MeanSquaredError };
    let entry = entry_of(&losses);
    let (mut tape, mut gradients) = (TwoHeads::tape::<ROWS>(), TwoHeads::gradients());
    net.forward::<ROWS>(context, &inputs, &mut tape);
    let (outputs, d) = TwoHeads::seam::<ROWS>(&mut tape, ROWS, entry);
    let parts: Vec<TwoHeadsOutput<'_>> = outputs.iter().map(Into::into).collect();
    let policies: Vec<f64> = parts.iter().flat_map(|o| o.policy.map(f64::from)).collect();
    let predicted: Vec<f64> = parts.iter().map(|o| f64::from(o.value[0])).collect();
    close("policy", &policies, &tensor("policy"));
    close("value", &predicted, &tensor("value"));
    let loss = losses.gradient(outputs, &targets, d);
    assert!((loss - tensor("loss")[0]).abs() < 1e-5, "loss {loss}");
    net.backward::<ROWS>(context, entry, &inputs, &mut tape, &mut gradients);
    for name in names {
        let param = TwoHeads::PARAMS.iter().find(|p| p.name == name).expect("a parameter");
        let found = &gradients[param.offset..param.offset + param.len];
        let found: Vec<f64> = found.iter().map(|v| v.to_f64()).collect();
        close(name, &found, &tensor(&format!("d.{name}")));
    }
}

fn entry_of<L: Loss<TwoHeads, (u8, [f32; 1])>>(_: &L) -> Entry {
    L::ENTRY
}
