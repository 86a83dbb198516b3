//! Time step by time step a network gives what it gives at once, for 1,000 random steps.

use monograd::{network::Network, prelude::*};
use monograd_tests::steps::{by_steps, check, close, fresh, inputs};

network! {
    Dilated: [1000, 1] -> [1000, 1] {
        conv1d(8, kernel = 3, padding = causal), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 2), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 4), tanh,
        conv1d(8, kernel = 3, padding = causal, dilation = 8), tanh,
        conv1d(1, kernel = 1),
    }
}

network! {
    Wide: [1000, 5] -> [1000, 3] {
        conv1d(48, kernel = 4, padding = causal, dilation = 3, groups = 1), layer_norm, gelu,
        conv1d(48, kernel = 2, padding = causal, dilation = 50, groups = 6), batch_norm, prelu,
        dense(40), swiglu, rms_norm, dropout(0.3), gaussian_noise(0.1), dense(3), softmax,
    }
}

network! {
    Graph: [1000, 4] -> [1000, 8] {
        stem: conv1d(8, kernel = 3, padding = causal), tanh, position_embedding,
        repeat(3) {
            residual { conv1d(8, kernel = 2, padding = causal, dilation = 5), tanh, dense(8) }, layer_norm,
        },
        parallel(add) { { conv1d(8, kernel = 2, padding = causal, bias = false) }, {}, { dense(8), sigmoid } },
        layer_norm, subtract(stem), maximum(stem), concat(stem), dense(8), tanh,
    }
}

network! {
    /// `Graph` in double precision.
    #[scalar(f64)]
    DoubleGraph: [1000, 4] -> [1000, 8] {
        stem: conv1d(8, kernel = 3, padding = causal), tanh, position_embedding,
        repeat(3) {
            residual { conv1d(8, kernel = 2, padding = causal, dilation = 5), tanh, dense(8) }, layer_norm,
        },
        parallel(add) { { conv1d(8, kernel = 2, padding = causal, bias = false) }, {}, { dense(8), sigmoid } },
        layer_norm, subtract(stem), maximum(stem), concat(stem), dense(8), tanh,
    }
}

network! {
    Classifier: [1000] -> [4] {
        embedding(6, width = 5), position_embedding(sinusoidal),
        residual { conv1d(5, kernel = 3, padding = causal), relu }, layer_norm,
        parallel(concat) { { last }, { mean_over_time } }, dense(12), relu, dense(4), log_softmax,
    }
}

network! {
    #[scalar(f64)]
    Double: [1000, 2] -> [1000, 3] {
        conv1d(6, kernel = 3, padding = causal, dilation = 7), silu,
        repeat(2) { repeat(2) { conv1d(6, kernel = 2, padding = causal), tanh } }, dense(3),
    }
}

network! {
    Lstm: [1000, 1] -> [1000, 1] { lstm(16, return_sequences = true), dense(1) }
}

network! {
    Gru: [1000, 1] -> [1000, 1] { gru(8, return_sequences = true), dense(1) }
}

network! {
    /// Its output is that of the state so far.
    Stacked: [1000, 3] -> [4] {
        gru(20, return_sequences = true), dropout(0.1),
        residual { rnn(20, return_sequences = true), layer_norm },
        lstm(33), dense(4), softmax,
    }
}

network! {
    #[scalar(f64)]
    DoubleStacked: [1000, 3] -> [1000, 4] {
        dense(5), repeat(2) { residual { lstm(5, return_sequences = true, bias = false) } },
        gru(8, return_sequences = true), rnn(4, return_sequences = true, activation = relu),
    }
}

network! {
    Transformer: [1000, 16] -> [1000, 5] {
        position_embedding,
        repeat(2) {
            residual { layer_norm, attention(4, causal = true, rotary = true) },
            residual { layer_norm, dense(32), gelu, dense(16) },
        },
        attention(4, key_value_heads = 2, head_size = 5, causal = true, bias = false), dense(5), softmax,
    }
}

network! {
    Attending: [1000, 16] -> [1000, 5] {
        layer_norm, attention(4, key_value_heads = 2, causal = true, rotary = true), dense(5),
    }
}

network! {
    #[scalar(f64)]
    DoubleTransformer: [1000, 6] -> [3] {
        repeat(2) { residual { layer_norm, attention(2, causal = true) } },
        attention(3, key_value_heads = 1, causal = true, rotary = true), last, dense(3),
    }
}

network! {
    Window: [7, 6] -> [7, 6] {
        dense(6), attention(3, key_value_heads = 1, causal = true, rotary = true, head_size = 4),
    }
}

/// Networks as layers of others: of sequences, ends of them, and behind their end.
mod parts {
    use monograd::{
        custom::{CustomLayer, Pass},
        prelude::*,
    };

    network! { pub Words: [1000] -> [1000, 8] { embedding(6, width = 8), position_embedding } }
    network! {
        #[part]
        pub Echo: [1000, 8] -> [1000, 8] {
            residual { conv1d(8, kernel = 3, padding = causal, dilation = 9), tanh }, gru(8, return_sequences = true),
        }
    }
    network! {
        #[part]
        pub Ended: [1000, 8] -> [12] { before: Echo -> [1000, 8], lstm(12) }
    }
    network! { #[part] pub Judge: [12] -> [12] { dense(20), batch_norm, relu, dense(12) } }

    /// `y = x²`.
    pub(crate) struct Square;

    impl CustomLayer for Square {
        type Input = [f32; 12];
        type Output = [f32; 12];
        const NAME: &'static str = "Square";

        fn forward(_: &[f32], x: &[f32; 12], y: &mut [f32; 12]) {
            *y = x.map(|x| x * x);
        }

        fn backward(pass: Pass<'_, Self>, dy: &[f32; 12], dx: &mut [f32; 12], _: &mut [f32]) {
            *dx = std::array::from_fn(|i| 2.0 * pass.input[i] * dy[i]);
        }
    }
}

// As many units as steps: the layer ends the sequence.
network! { Eight: [8, 2] -> [8] { lstm(8) } }
network! { Units: [8, 2] -> [3] { body: Eight -> [8], dense(3) } }

network! {
    Parts: [1000] -> [4] {
        words: parts::Words -> [1000, 8], layer_norm, first: parts::Echo -> [1000, 8], dense(8),
        end: parts::Ended -> [12], residual { parts::Judge -> [12], layer(parts::Square) -> [12] },
        dense(4), softmax,
    }
}

network! {
    Sequences: [1000, 3] -> [1000, 2] {
        dense(8), stem: tanh, a: parts::Echo -> [1000, 8], add(stem), dense(2),
    }
}

#[test]
fn a_dilated_stack_is_the_same_by_steps() {
    check::<Dilated>(1e-6);
}

#[test]
fn wide_layers_and_norms_are_the_same_by_steps() {
    check::<Wide>(1e-6);
}

#[test]
fn graphs_and_turns_are_the_same_by_steps() {
    check::<DoubleGraph>(1e-13);
    // Normalisation magnifies the rounding of three turns.
    check::<Graph>(5e-6);
}

#[test]
fn what_ends_a_sequence_is_the_same_by_steps() {
    check::<Classifier>(1e-6);
}

#[test]
fn double_precision_is_the_same_by_steps() {
    check::<Double>(1e-14);
}

#[test]
fn recurrent_layers_are_the_same_by_steps() {
    check::<Lstm>(1e-6);
    check::<Gru>(1e-6);
    check::<Stacked>(1e-6);
    check::<DoubleStacked>(1e-13);
}

#[test]
fn causal_attention_is_the_same_by_steps() {
    check::<DoubleTransformer>(1e-12);
    check::<Attending>(1e-6);
    check::<Transformer>(1e-6);
}

#[test]
fn a_layer_may_have_as_many_units_as_there_are_steps() {
    check::<Units>(1e-6);
}

#[test]
fn networks_as_layers_are_the_same_by_steps() {
    check::<Parts>(2e-6);
    check::<parts::Ended>(2e-6);
    check::<Sequences>(2e-6);
}

/// Its state has those of its layers.
#[test]
fn states_within_states_are_reset_and_cloned() {
    let net = fresh::<parts::Ended>(1);
    let mut state = State::<parts::Ended>::new();
    let first = *net.step(&mut state, &[0.5; 8]);
    let mut branch = state.clone();
    let second = *net.step(&mut state, &[-0.5; 8]);
    net.step(&mut state, &[1.0; 8]);
    assert_eq!(*net.step(&mut branch, &[-0.5; 8]), second);
    state.reset();
    assert_eq!(*net.step(&mut state, &[0.5; 8]), first);
    assert_ne!(first, second);
}

#[test]
fn networks_as_layers_go_step_by_step_from_prepared_weights() {
    let net = fresh::<Parts>(3);
    let inputs = inputs::<Parts>(4);
    let expected = by_steps(&net, &inputs);
    close(&by_steps(&net.prepare::<f32>(), &inputs), &expected, 1e-6);
    let halves = by_steps(&net.prepare::<f16>(), &inputs);
    close(&halves, &expected, 5e-2);
    assert_ne!(halves, expected);
}

/// Behind the number of steps that it was declared for attention sees as many, with rotary positions
/// that go on.
#[test]
fn attention_of_a_longer_sequence_sees_the_last_steps() {
    let net = fresh::<Window>(1);
    let mut rng = Rng::new(2);
    let samples: Vec<[f32; 6]> =
        (0..40).map(|_| std::array::from_fn(|_| rng.uniform() as f32)).collect();
    let (mut state, mut scratch) = (Window::state(), Window::scratch::<1>());
    for (at, sample) in samples.iter().enumerate() {
        let found = net.step(&mut state, sample).map(f64::from);
        let Some(first) = (at + 1).checked_sub(7) else { continue };
        let seen = samples[first..].first_chunk().expect("there are seven");
        close(&found, &net.predict(seen, &mut scratch)[6].map(f64::from), 1e-5);
    }
}

#[test]
fn prepared_weights_go_step_by_step() {
    let net = fresh::<Wide>(3);
    let inputs = inputs::<Wide>(4);
    let (found, expected) = (by_steps(&net.prepare::<f16>(), &inputs), by_steps(&net, &inputs));
    close(&found, &expected, 2e-2);
    assert_ne!(found, expected);
}

#[test]
fn a_reset_state_starts_again_and_a_clone_goes_on_by_itself() {
    let net = fresh::<Graph>(1);
    let mut state = State::<Graph>::new();
    let first = *net.step(&mut state, &[0.5; 4]);
    let mut branch = state.clone();
    let second = *net.step(&mut state, &[-0.5; 4]);
    assert_ne!(first, second);
    net.step(&mut state, &[1.0; 4]);
    assert_eq!(*net.step(&mut branch, &[-0.5; 4]), second);
    state.reset();
    assert_eq!(*net.step(&mut state, &[0.5; 4]), first);
}

#[test]
fn a_step_has_the_shape_of_a_step() {
    let _: fn(&Classifier, &mut State<Classifier>, &[f32; 1]) -> [f32; 4] =
        |net, state, sample| *net.step(state, sample);
    let _: fn(&Double, &mut State<Double>, &[f64; 2]) -> [f64; 3] =
        |net, state, sample| *net.step(state, sample);
}

/// Sequences may go on for longer than the network was declared for.
#[test]
fn a_longer_sequence_goes_on() {
    let net = fresh::<Graph>(1);
    let mut state = Graph::state();
    for at in 0..2500 {
        let output = net.step(&mut state, &[(at as f32).sin(); 4]);
        assert!(output.iter().all(|y| y.is_finite()));
    }
}
