//! MnistCnn is built and trained for a step on a stack of 256 KiB.

use std::thread;

use monograd::{
    array::Array,
    network::{Context, Entry},
    prelude::*,
    simd::Cpu,
};

network! {
    MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128), relu,
        dense(10), softmax,
    }
}

const ROWS: usize = 128;

fn build_and_step() -> f64 {
    let mut net = MnistCnn::init(1);
    let mut tape = MnistCnn::tape::<ROWS>();
    let mut gradients = MnistCnn::gradients();
    let mut adam = Adam::default();
    let pixels = monograd::buffer::Block::<f32>::zeroed(ROWS * 784);
    let inputs = <[[[f32; 1]; 28]; 28]>::rows(&pixels);
    let labels = [3_u8; ROWS];
    let context = Context { cpu: Cpu::detect(), seed: 1, step: 0 };
    net.forward::<ROWS>(context, inputs, &mut tape);
    let (outputs, d) = MnistCnn::seam::<ROWS>(&mut tape, ROWS, Entry::Head);
    let loss = Loss::<MnistCnn, u8>::gradient(&CrossEntropy, outputs, &labels, d);
    net.backward::<ROWS>(context, Entry::Head, inputs, &mut tape, &mut gradients);
    adam.step(context.cpu, net.parameters_mut().split_mut().0, &gradients);
    let mut scratch = MnistCnn::scratch::<1>();
    net.predict(&inputs[0], &mut scratch);
    loss
}

#[test]
fn mnist_cnn_trains_on_256_kib() {
    let thread = thread::Builder::new().stack_size(256 * 1024).spawn(build_and_step);
    let loss = thread.expect("a thread").join().expect("the stack was large enough");
    assert!((loss - 10_f64.ln()).abs() < 0.1, "an untrained network knows nothing, found {loss}");
}
