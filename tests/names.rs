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

/// Names that generated types and their parameters would have, and that of the module that these
/// speak to.
mod generated {
    use monograd::prelude::*;

    pub(crate) mod k {
        use monograd::prelude::*;

        pub(crate) const B: usize = 4;
        network! { pub(crate) Net<const A: usize in [4, 6]>: [4] -> [3] { dense(A), relu, dense(3) } }
        network! { pub(crate) BodyOutParameters: [4] -> [3] { dense(3) } }
    }

    use k::{B, BodyOutParameters};

    network! { pub(crate) StepByStep: [4] -> [3] { dense(3) } }
    network! { pub(crate) Dense1Parameters: [4] -> [3] { dense(3) } }
    network! { pub(crate) Dense1ParametersMut: [4] -> [3] { dense(3) } }
    network! { pub(crate) PTarget: [4] -> (p: [2], v: [1]) { dense(4), p: dense(2), from(dense1), v: dense(1) } }
    network! { pub(crate) PLoss: [4] -> (p: [2], v: [1]) { dense(4), p: dense(2), from(dense1), v: dense(1) } }
    network! { pub(crate) Knet: [4] -> [3] { a: k::Net<B> -> [3], softmax } }
    network! { pub(crate) Outer: [4] -> [3] { body: BodyOutParameters -> [3], body_out: dense(3) } }
}

/// A constant of a family beside a type of its name.
mod family {
    use monograd::prelude::*;

    pub(crate) struct A;

    network! { pub(crate) Net<const A: usize in [2, 3]>: [4] -> [3] { dense(A), dense(3) } }
}

/// One sample of four values.
fn predict<N: Network<Input = [f32; 4]>>(net: &N) -> N::Output
where
    N::Output: Copy,
{
    *net.predict(&[0.1, 0.2, 0.3, 0.4], &mut N::scratch::<1>())
}

#[test]
fn a_network_may_have_the_name_of_a_generated_type() {
    let mut net = generated::Dense1Parameters::init(1);
    net.dense1_mut().bias().fill(1.0);
    assert_eq!(*net.dense1().bias(), [1.0; 3]);
    let _ = generated::Dense1ParametersMut::init(1).dense1_mut();
    let _ = generated::Outer::init(1).body_out();
    let _ = predict(&generated::StepByStep::init(1));
    let sum: f32 = predict(&generated::Knet::init(1)).iter().sum();
    assert!((sum - 1.0).abs() < 1e-6);
    let _ = predict(&family::Net::<2>::init(1));
}

#[test]
fn a_network_may_have_the_name_of_a_type_parameter() {
    use generated::{PLoss, PLossLosses, PTarget, PTargetLosses};
    let losses = PTargetLosses { p: MeanSquaredError, v: MeanSquaredError };
    let value = Loss::<PTarget, _>::value(&losses, &[[1.0, 1.0, 1.0]], &[([0.0, 0.0], [0.0])]);
    assert!((value - 2.0).abs() < 1e-6);
    let losses = PLossLosses { p: MeanSquaredError, v: MeanSquaredError };
    let value = Loss::<PLoss, _>::value(&losses, &[[1.0, 1.0, 1.0]], &[([0.0, 0.0], [0.0])]);
    assert!((value - 2.0).abs() < 1e-6);
}
