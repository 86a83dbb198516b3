//! Time step by time step a network computes what it does at once.

use proptest::{collection::vec, prelude::*};

use super::{super::*, optimize, plan, verify};

const TIME: usize = 11;

/// Compares every step with what the whole sequence gives; where the output has no time, the last.
fn check(network: &str) {
    let (plan, bindings) = (plan(network), Bindings::new());
    let params = sample_params(&plan, &bindings);
    for plan in [&plan, &optimize(plan.clone())] {
        assert_eq!(verify(plan), Ok(()), "{network}\n{plan}");
        let stepping = plan.step_program();
        let width = stepping.sample.len().eval(&bindings);
        let inputs: Vec<f64> = uniform(TIME * width, 3).iter().map(|x| 2.0 * x.abs()).collect();
        let interpreter = Interpreter::new(plan, Bindings::new());
        let mut steps = interpreter.steps(&params);
        let mut found: Vec<f64> =
            inputs.chunks(width).flat_map(|sample| steps.step(sample)).collect();
        let expected = interpreter.infer(&params, &inputs);
        found.drain(..found.len() - expected.len());
        let close =
            found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12 * b.abs().max(1.0));
        assert!(close, "{network}\n{plan}\nby steps {found:?}\nat once {expected:?}");
    }
}

#[test]
fn layers_that_go_step_by_step_give_what_they_give_at_once() {
    for body in [
        "conv1d(4, kernel = 3, padding = causal, dilation = 4, groups = 2), relu",
        "conv1d(4, kernel = 2, padding = causal, dilation = 30, bias = false)",
        "conv1d(4, kernel = 1)",
        "conv1d(40, kernel = 3, padding = causal), tanh, conv1d(4, kernel = 5, padding = causal)",
        "layer_norm, batch_norm, rms_norm, prelu, gaussian_noise(0.1), dropout(0.5)",
        "conv1d(8, kernel = 2, padding = causal), swiglu, softmax",
        "position_embedding, position_embedding(sinusoidal), log_softmax",
        "a: dense(4), tanh, multiply(a), subtract(input), maximum(a), average(a, input)",
        "parallel(concat) { { conv1d(2, kernel = 3, padding = causal) }, { dense(2) } }",
        "repeat(3) { residual { conv1d(4, kernel = 2, padding = causal, dilation = 2), relu } }",
        "repeat(2) { repeat(2) { conv1d(4, kernel = 2, padding = causal) }, dropout(0.1) }",
        "rnn(4, return_sequences = true), rnn(4, return_sequences = true, activation = relu)",
        "lstm(4, return_sequences = true)",
        "gru(5, return_sequences = true, bias = false), gru(4, return_sequences = true)",
        "repeat(2) { residual { lstm(4, return_sequences = true, bias = false) } }",
        "attention(2, causal = true), attention(4, key_value_heads = 2, causal = true, bias = false)",
        "repeat(2) { residual { layer_norm, attention(2, causal = true, rotary = true) } }",
        "#[freeze] conv1d(4, kernel = 2, padding = causal), from(conv1d1)",
    ] {
        check(&format!("[{TIME}, 4] -> [{TIME}, 4] {{ {body} }}"));
        check(&format!("[{TIME}, 4] -> [3] {{ {body}, last, dense(3), softmax }}"));
        check(&format!("[{TIME}, 4] -> [2, 2] {{ {body}, mean_over_time, reshape([2, 2]) }}"));
    }
}

/// Without its sequence a recurrent layer gives its state so far.
#[test]
fn states_so_far_are_outputs() {
    check("[11, 2] -> [3] { rnn(3) }");
    check("[11, 2] -> [2] { lstm(5, return_sequences = true), lstm(3), dense(2), tanh }");
    check("[11, 2] -> [4, 1] { gru(4), reshape([4, 1]), lstm(1, return_sequences = true) }");
}

#[test]
fn inputs_may_be_indices_and_layers_none() {
    check("[11] -> [11, 3] { embedding(2, width = 4), conv1d(3, kernel = 2, padding = causal) }");
    check("[11, 2] -> [2] { last }");
    check("[11, 2] -> [11, 2] { dropout(0.5) }");
}

/// Several outputs lie one after the other: at once each with all its steps, else step by step.
#[test]
fn outputs_may_be_several() {
    let layers = "concat(y), conv1d(2, kernel = 2, padding = causal), a: dense(3), b: dense(1)";
    let ports = "(x: [11, 2], y: [11, 1]) -> (a: [11, 3], b: [11, 1])";
    let plan = plan(&format!("{ports} {{ {layers} }}"));
    let params = sample_params(&plan, &Bindings::new());
    let inputs = uniform(TIME * 3, 3);
    let interpreter = Interpreter::new(&plan, Bindings::new());
    let at_once = interpreter.infer(&params, &inputs);
    let mut steps = interpreter.steps(&params);
    for t in 0..TIME {
        let [x, y, z] = [inputs[2 * t], inputs[2 * t + 1], inputs[2 * TIME + t]];
        let found = steps.step(&[x, y, z]);
        let expected = [&at_once[3 * t..3 * t + 3], &at_once[3 * TIME + t..=3 * TIME + t]].concat();
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-13), "step {t}");
    }
}

/// A layer from `[time, width]`, with what it yields.
fn layer((kind, a, b): (u8, usize, usize), width: &mut usize) -> String {
    let (filters, kernel, dilation) = (1 + a % 6, 1 + b % 4, 1 + (a + b) % 5);
    let before = *width;
    match kind {
        0..4 => {
            *width = filters;
            format!("conv1d({filters}, kernel = {kernel}, padding = causal, dilation = {dilation})")
        }
        4 => {
            *width = filters;
            format!("dense({filters})")
        }
        5 => "tanh".to_owned(),
        6 => "silu, prelu".to_owned(),
        7 => "batch_norm, position_embedding".to_owned(),
        8 => format!("residual {{ conv1d({before}, kernel = {kernel}, padding = causal), elu }}"),
        9 => format!(
            "repeat({kernel}) {{ conv1d({before}, kernel = 2, padding = causal, dilation = {dilation}), softsign }}"
        ),
        10 => {
            *width = before + filters;
            format!("parallel(concat) {{ {{ dense({filters}) }}, {{}} }}")
        }
        _ => format!(
            "residual(shortcut = {{ dense({before}) }}) {{ dropout(0.5), repeat(2) {{ dense({before}) }} }}"
        ),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_causal_network_gives_step_by_step_what_it_gives_at_once(
        layers in vec((0_u8..12, 0_usize..100, 0_usize..100), 1..7),
        first in 1_usize..5,
        end in 0_u8..3,
    ) {
        let mut width = first;
        let mut body: Vec<String> = layers.into_iter().map(|l| layer(l, &mut width)).collect();
        let output = match end {
            0 => format!("[{TIME}, {width}]"),
            1 => { body.push("last, dense(2)".to_owned()); "[2]".to_owned() }
            _ => { body.push("mean_over_time".to_owned()); format!("[{width}]") }
        };
        check(&format!("[{TIME}, {first}] -> {output} {{ {} }}", body.join(", ")));
    }
}
