//! Names around a declaration, and names in it that are alike, are no mistakes.

#![allow(dead_code)]

mod types {
    use monograd::prelude::*;

    /// As the constant of the generated methods is called.
    pub(crate) struct B;

    network! { #[part] pub(crate) A: [4] -> [3] { dense(8), relu, dense(3) } }
    network! { pub(crate) Net: [4] -> [3] { body: A -> [3], repeat(2) { dense(3), tanh }, softmax } }
    network! { pub(crate) Steps: [5, 4] -> [5, 2] { conv1d(2, kernel = 2, padding = causal), gru(2, return_sequences = true) } }
}

mod alike {
    use monograd::prelude::*;

    network! { pub(crate) Net: (a_y: [4], b: [4]) -> [4] { input_a: dense(4), add(b) } }
}

use monograd::{prelude::*, simd::Cpu};

#[test]
fn a_type_may_have_the_name_of_a_constant_of_ours() {
    let net = types::Net::init(1);
    let sum: f32 = net.predict(&[0.1, 0.2, 0.3, 0.4], &mut types::Net::scratch::<1>()).iter().sum();
    assert!((sum - 1.0).abs() < 1e-6);
    let net = types::Steps::init(1);
    let mut state = types::Steps::state();
    let first = *net.step(&mut state, &[0.1, 0.2, 0.3, 0.4]);
    let all = net.predict_with(
        Cpu::detect(),
        &[[0.1, 0.2, 0.3, 0.4]; 5],
        &mut types::Steps::scratch::<1>(),
    )[0];
    assert!(first.iter().zip(all).all(|(a, b)| (a - b).abs() < 1e-6));
}

/// `input.a_y` and `input_a.y` are two buffers.
#[test]
fn buffers_of_like_names_are_two() {
    let mut net = alike::Net::init(1);
    net.parameters_mut().all_mut().fill(0.0);
    let input = alike::NetInput { a_y: [1.0; 4], b: [2.0; 4] };
    let mut scratch = alike::Net::scratch::<1>();
    let output = net.predict(&input, &mut scratch);
    assert_eq!(*output, [2.0; 4]);
}
