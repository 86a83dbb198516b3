//! Every verb by hand-computed values and by differences; every pass by unchanged results.

mod graphs;
mod networks;
mod steps;

use super::*;
use crate::{
    layer::LAYERS,
    plan::{
        Buf, Elementwise, Fun, Pool, Space, Verb,
        optimize::optimize,
        sample::{plan, plan_of_symbol},
        verify::verify,
    },
};

const STREAM: Stream = Stream { seed: 7, step: 1 };

/// Differentiates a network and its optimised form, and compares all that they compute.
fn check(network: &str) {
    check_within(1e-7, network);
}

/// The same with gradients within a tolerance of choice.
fn check_within(tolerance: f64, network: &str) {
    let (plan, bindings) = (plan(network), Bindings::new());
    let (inputs, params) = (uniform(3 * input_len(&plan), 11), sample_params(&plan, &bindings));
    let optimized = optimize(plan.clone());
    for plan in [&plan, &optimized] {
        assert_eq!(verify(plan), Ok(()), "{network}\n{plan}");
        if let Some(worst) = gradient_check(plan, &bindings, &params, &inputs, 7) {
            assert!(worst.error < tolerance, "{network}: {worst:?}\n{plan}");
        }
    }
    assert_eq!(
        results(&plan, &params, &inputs),
        results(&optimized, &params, &inputs),
        "{network}"
    );
}

/// Outputs of both programs, moved parameters and the gradients from both entries.
fn results(plan: &Plan, params: &[Vec<f64>], inputs: &[f64]) -> Vec<String> {
    let interpreter = Interpreter::new(plan, Bindings::new());
    let mut results = vec![format!("{:?}", interpreter.infer(params, inputs))];
    for entry in [Entry::Output, Entry::Head] {
        let mut tape = interpreter.forward(params, inputs, STREAM);
        let outputs = tape.outputs();
        tape.backward(entry, &uniform(outputs.len(), 5));
        assert_eq!(outputs, tape.outputs(), "the output outlives the backward pass");
        results.push(format!("{outputs:?} {:?} {:?}", tape.params(), tape.gradients()));
    }
    results
}

fn input_len(plan: &Plan) -> usize {
    let buffers = &plan.inference.buffers;
    let input = buffers.iter().find(|buffer| buffer.space == Space::Input);
    input.expect("it has an input").shape.len().eval(&Bindings::new())
}

#[test]
fn every_layer_of_the_registry_has_the_gradients_of_its_values() {
    for kind in LAYERS {
        for example in kind.examples {
            check(example);
        }
    }
}

#[test]
fn every_verb_has_the_gradient_of_its_values() {
    let layers = [
        ("conv2d(4, kernel = 3)", [4, 3, 4]),
        ("conv2d(4, kernel = 3, stride = (2, 1), padding = same)", [3, 5, 4]),
        ("conv2d(4, kernel = 3, dilation = (2, 1))", [2, 3, 4]),
        ("conv2d(4, kernel = (2, 3), groups = 2, padding = 1)", [7, 5, 4]),
        ("max_pool2d(3, stride = 2, padding = 1)", [3, 3, 2]),
        ("global_max_pool2d, reshape([1, 1, 2])", [1, 1, 2]),
        ("avg_pool2d(3, stride = 2, padding = 1)", [3, 3, 2]),
        ("batch_norm", [6, 5, 2]),
        ("#[freeze] batch_norm", [6, 5, 2]),
        ("dropout(0.4)", [6, 5, 2]),
        ("softmax", [6, 5, 2]),
        ("log_softmax", [6, 5, 2]),
        ("gelu", [6, 5, 2]),
    ];
    for (layer, output) in layers {
        check(&format!("[6, 5, 2] -> {output:?} {{ {layer} }}"));
        let rest = "flatten, dense(2, bias = false), softmax";
        check(&format!("[7, 6, 1] -> [2] {{ conv2d(2, kernel = 2), {layer}, {rest} }}"));
    }
    check("[17, 17, 1] -> [1] { global_max_pool2d }");
}

#[test]
fn a_deep_network_survives_every_pass() {
    check(
        "[8, 8, 1] -> [3] {
            conv2d(3, kernel = 3), relu, batch_norm,
            max_pool2d(2), dropout(0.3), flatten,
            dense(6), mish,
            #[freeze] dense(5), tanh,
            dense(3), sigmoid,
        }",
    );
}

#[test]
fn values_that_are_read_several_times_have_summed_gradients() {
    for network in [
        "[3] -> [3] { add(input) }",
        "[3] -> [3] { tanh, add(tanh1, tanh1, input) }",
        "[3] -> [6] { stem: dense(3), relu, concat(stem), a: dense(6), multiply(a, a) }",
        "[3] -> [3] { a: dense(3), b: gelu, from(a), sigmoid, multiply(b), add(a), subtract(b), softmax }",
        "[3] -> [2] { a: dense(4), from(input), b: dense(4), maximum(a), add(b), dense(2), sigmoid }",
        "[4, 4, 2] -> [2] {
            stem: conv2d(4, kernel = 3, padding = same), relu,
            residual { conv2d(4, kernel = 1, bias = false), batch_norm, relu, dropout(0.3) },
            pooled: max_pool2d(2),
            residual(shortcut = { conv2d(6, kernel = 1) }) {
                conv2d(6, kernel = 1), residual { residual { silu }, batch_norm },
            },
            concat(pooled, pooled), flatten, dense(2), log_softmax,
        }",
        "[3] -> [4] {
            parallel(concat) { { dense(2), tanh }, { residual { dense(3) }, relu, dense(2) } },
            #[freeze] parallel(average) { { dense(4) }, { batch_norm }, {} },
            output_scores: dense(4), add(parallel2), from(output_scores), reshape([4]),
            subtract(add1),
        }",
        "(image: [3, 3, 1], meta: [2], more: [2]) -> (score: [2], gate: [2], logits: [2]) {
            conv2d(2, kernel = 2), flatten, concat(meta, more), dense(2), gate: sigmoid,
            from(meta), add(more), multiply(gate), logits: dense(2), score: softmax,
        }",
        "[4, 4, 2] -> [3] {
            conv2d(3, kernel = 1), skip: tanh,
            repeat(3) {
                residual { conv2d(3, kernel = 3, padding = same, bias = false), batch_norm, dropout(0.2) },
                repeat(2) { inner: conv2d(3, kernel = 1), sigmoid, add(inner) },
            },
            add(skip), #[freeze] repeat(1) { tanh, conv2d(3, kernel = 1) }, flatten, dense(3), softmax,
        }",
        "[4, 4, 1] -> [1] { repeat(2) { max_pool2d(3, stride = 1, padding = same), conv2d(1, kernel = 1) },
            flatten, dense(1) }",
        "[3] -> [3] { repeat(4) { flatten } }",
        "[3] -> [3] { repeat(1) { softmax }, repeat(2) { sigmoid, twin: tanh, add(sigmoid1) } }",
        "[3] -> (a: [2], b: [2, 1]) { dense(2), p: sigmoid, a: flatten, from(dense1), tanh, b: reshape([2, 1]) }",
    ] {
        check(network);
    }
}

/// Layers of several steps, of moves and of random numbers, where their values are read twice.
#[test]
fn layers_of_all_kinds_are_parts_of_graphs() {
    for network in [
        "[6] -> [4] {
            tokens: embedding(5, width = 3), position_embedding(sinusoidal),
            repeat(2) {
                residual { layer_norm, dense(6), swiglu, gaussian_noise(0.1) }, position_embedding,
                parallel(add) { { conv1d(3, kernel = 2, padding = causal) }, { rms_norm }, {} },
            },
            concat(tokens), prelu, last, pooled: dense(4), from(prelu1), mean_over_time, dense(4), add(pooled),
        }",
        "[4, 4, 2] -> [3] {
            parallel(concat) {
                { depthwise_conv2d(3, padding = same), spatial_dropout2d(0.3) },
                { pad2d(1), crop2d(1), group_norm(2) },
                { max_pool2d(2), upsample2d(2) },
                { separable_conv2d(2, padding = same), instance_norm },
                { conv2d(3, kernel = 2, stride = 2), conv2d_transpose(2, kernel = 2, stride = 2) },
                { permute([1, 0, 2]), adaptive_avg_pool2d(2), upsample2d(2) },
            },
            repeat(2) { residual { permute([1, 0, 2]), spatial_dropout2d(0.2), glu, conv2d(12, kernel = 1) } },
            global_avg_pool2d, dense(3),
        }",
    ] {
        check(network);
    }
}

#[test]
fn turns_draw_numbers_of_their_own() {
    for layers in ["gaussian_noise(0.5)", "spatial_dropout2d(0.5)", "dropout(0.5)"] {
        let turns = |times: usize| {
            let plan = optimize(plan(&format!(
                "[1, 1, 8] -> [1, 1, 8] {{ repeat({times}) {{ {layers} }} }}"
            )));
            Interpreter::new(&plan, Bindings::new()).forward(&[], &[1.0; 64], STREAM).outputs()
        };
        let (one, two) = (turns(1), turns(2));
        let change = |x: f64, y: f64| if layers.starts_with('g') { y - x } else { y / x };
        let first: Vec<f64> = one.iter().map(|y| change(1.0, *y)).collect();
        let second: Vec<f64> = one.iter().zip(&two).map(|(x, y)| change(*x, *y)).collect();
        let apart =
            first.iter().zip(&second).filter(|(a, b)| !b.is_nan() && (*a - *b).abs() > 0.01);
        assert!(apart.count() > 10, "{layers}: {first:?} {second:?}");
    }
}

#[test]
fn turns_are_layers_one_after_the_other() {
    let turns = plan("[3] -> [3] { repeat(3) { dense(3), tanh }, dense(3) }");
    let layers = "dense(3), tanh, dense(3), tanh, dense(3), tanh, dense(3)";
    let unrolled = plan(&format!("[3] -> [3] {{ {layers} }}"));
    let split = |params: &[Vec<f64>]| {
        let copy = |turn: usize| {
            let [weight, bias] = [&params[0], &params[1]];
            [weight[turn * 9..][..9].to_vec(), bias[turn * 3..][..3].to_vec()]
        };
        [(0..3).flat_map(copy).collect(), params[2..].to_vec()].concat()
    };
    let (bindings, inputs) = (Bindings::new(), uniform(6, 11));
    let params = sample_params(&turns, &bindings);
    let run = |plan: &Plan, params: &[Vec<f64>]| {
        let interpreter = Interpreter::new(plan, Bindings::new());
        let mut tape = interpreter.forward(params, &inputs, STREAM);
        tape.backward(Entry::Output, &uniform(6, 5));
        (interpreter.infer(params, &inputs), tape.outputs(), tape.gradients().to_vec())
    };
    let (inferred, outputs, gradients) = run(&turns, &params);
    let expected = run(&unrolled, &split(&params));
    assert_eq!((inferred, outputs, split(&gradients)), expected);
    assert_eq!(turns.training.program.steps.len(), 7, "{turns}");
}

/// Runs one verb's network over one sample with the given parameters, both ways.
fn both(plan: &Plan, params: &[&[f64]], x: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let params: Vec<Vec<f64>> = params.iter().map(|param| param.to_vec()).collect();
    let mut tape = Interpreter::new(plan, Bindings::new()).forward(&params, x, STREAM);
    let y = tape.outputs();
    tape.backward(Entry::Output, dy);
    (y, tape.gradients().to_vec())
}

/// The contents of a buffer of the training program.
fn buffer(tape: &Tape<'_>, name: &str) -> Vec<f64> {
    let buffers = &tape.plan.training.program.buffers;
    let index = buffers.iter().position(|buffer| buffer.name == name);
    tape.memory.read(Buf(index.expect("the program has it")))
}

#[test]
fn dense_is_a_product_and_a_sum() {
    let plan = optimize(plan("[2] -> [2] { dense(2), relu }"));
    let (w, bias) = ([1.0, 2.0, 3.0, -4.0], [0.5, -1.0]);
    let (y, gradients) = both(&plan, &[&w, &bias], &[1.0, 2.0], &[10.0, 20.0]);
    assert_eq!(y, [7.5, 0.0]);
    assert_eq!(gradients, [vec![10.0, 0.0, 20.0, 0.0], vec![10.0, 0.0]]);
}

#[test]
fn a_convolution_slides_its_weight() {
    let plan = optimize(plan("[2, 3, 1] -> [1, 2, 1] { conv2d(1, kernel = 2) }"));
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let (y, gradients) = both(&plan, &[&[1.0, 10.0, 100.0, 1000.0], &[0.5]], &x, &[1.0, 2.0]);
    assert_eq!(y, [5421.5, 6532.5]);
    assert_eq!(gradients, [vec![5.0, 8.0, 14.0, 17.0], vec![3.0]]);
}

#[test]
fn groups_see_their_own_channels_only() {
    let plan = plan("[1, 1, 2] -> [1, 1, 4] { conv2d(4, kernel = 1, groups = 2) }");
    let w = [1.0, 2.0, 3.0, 4.0];
    let (y, _) = both(&plan, &[&w, &[0.0; 4]], &[10.0, 100.0], &[0.0; 4]);
    assert_eq!(y, [10.0, 20.0, 300.0, 400.0]);
}

#[test]
fn the_first_of_equal_taps_wins_and_a_nan_before_all() {
    let plan = plan("[2, 3, 1] -> [1, 2, 1] { max_pool2d(2, stride = 1) }");
    let mut by_value = plan.clone();
    let steps = &mut by_value.training.program.steps;
    let Verb::Pool(Pool::MaxPool2d { y, x, .. }) = steps[0].verb else { panic!("the layer pools") };
    if let Verb::Pool(Pool::MaxPool2dGrad { dx, dy, channels, window, .. }) = steps[1].verb.clone()
    {
        steps[1].verb = Verb::Pool(Pool::MaxPool2dGradByValue { dx, dy, y, x, channels, window });
    }
    for plan in [plan, by_value] {
        let interpreter = Interpreter::new(&plan, Bindings::new());
        let mut tape = interpreter.forward(&[], &[1.0, 7.0, f64::NAN, 7.0, 7.0, 9.0], STREAM);
        let outputs = tape.outputs();
        assert!(outputs[0] == 7.0 && outputs[1].is_nan());
        tape.backward(Entry::Output, &[1.0, 10.0]);
        assert_eq!(buffer(&tape, "max_pool2d1.dx"), [0.0, 1.0, 10.0, 0.0, 0.0, 0.0]);
    }
}

#[test]
fn a_mean_is_over_the_taps_inside_the_image() {
    let plan = plan("[2, 2, 1] -> [3, 3, 1] { avg_pool2d(2, stride = 1, padding = 1) }");
    let outputs = Interpreter::new(&plan, Bindings::new()).infer(&[], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(outputs, [1.0, 1.5, 2.0, 2.0, 2.5, 3.0, 3.0, 3.5, 4.0]);
}

#[test]
fn batch_norm_normalises_and_moves_its_statistics() {
    let plan = plan("[1] -> [1] { batch_norm(momentum = 0.9, epsilon = 0.001) }");
    let params = [vec![2.0], vec![1.0], vec![10.0], vec![20.0]];
    let tape = Interpreter::new(&plan, Bindings::new()).forward(&params, &[1.0, 5.0], STREAM);
    let unit = 2.0 / 4.001_f64.sqrt();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close(tape.outputs()[0], 1.0 - 2.0 * unit);
    close(tape.outputs()[1], 1.0 + 2.0 * unit);
    close(tape.params()[2][0], 0.9 * 10.0 + 0.1 * 3.0);
    close(tape.params()[3][0], 0.9 * 20.0 + 0.1 * 4.0);
    let outputs = Interpreter::new(&plan, Bindings::new()).infer(&params, &[10.0]);
    close(outputs[0], 1.0);
}

#[test]
fn softmax_is_stable_and_sums_to_one() {
    let plan = plan("[3] -> [3] { softmax }");
    let y = Interpreter::new(&plan, Bindings::new()).infer(&[], &[1000.0, 1000.0, -1000.0]);
    assert_eq!(y, [0.5, 0.5, 0.0]);
}

#[test]
fn dropout_keeps_and_scales_alike_in_both_directions() {
    let plan = plan("[64] -> [64] { dropout(0.75) }");
    let interpreter = Interpreter::new(&plan, Bindings::new());
    let run = |stream| {
        let mut tape = interpreter.forward(&[], &[1.0; 128], stream);
        tape.backward(Entry::Output, &[1.0; 128]);
        assert_eq!(tape.outputs(), buffer(&tape, "dropout1.dx"));
        tape.outputs()
    };
    let outputs = run(STREAM);
    assert!(outputs.iter().all(|y| [0.0, 4.0].contains(y)));
    assert!(outputs.contains(&0.0) && outputs.contains(&4.0));
    assert_ne!(outputs, run(Stream { step: 2, ..STREAM }));
}

#[test]
fn the_head_is_differentiated_with_the_loss() {
    let network = "[4] -> [3] { dense(3), softmax }";
    for plan in [plan(network), optimize(plan(network))] {
        let bindings = Bindings::new();
        let (params, inputs) = (sample_params(&plan, &bindings), uniform(8, 3));
        let interpreter = Interpreter::new(&plan, bindings);
        let mut through = interpreter.forward(&params, &inputs, STREAM);
        let p = through.outputs();
        let target = [0.0, 1.0, 0.0, 1.0, 0.0, 0.0];
        let loss: Vec<f64> = target.iter().zip(&p).map(|(t, p)| -t / p).collect();
        through.backward(Entry::Output, &loss);
        let mut fused = interpreter.forward(&params, &inputs, STREAM);
        let logits: Vec<f64> = p.iter().zip(target).map(|(p, t)| p - t).collect();
        fused.backward(Entry::Head, &logits);
        let pairs = through.gradients().iter().flatten().zip(fused.gradients().iter().flatten());
        pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} {b}"));
    }
}

#[test]
fn symbols_are_bound_where_a_plan_runs() {
    let plan = optimize(plan_of_symbol("[1] -> [3] { dense(3), tanh }"));
    assert_eq!(verify(&plan), Ok(()));
    for n in [1, 5] {
        let bindings = Bindings::from([("N".to_owned(), n)]);
        let params = sample_params(&plan, &bindings);
        let worst = gradient_check(&plan, &bindings, &params, &uniform(2 * n, 9), 7);
        assert!(worst.is_some_and(|worst| worst.error < 1e-7));
    }
}

#[test]
fn a_wrong_gradient_is_seen() {
    let mut plan = plan("[4] -> [3] { dense(3), tanh }");
    for step in &mut plan.training.program.steps {
        if let Verb::Elementwise(Elementwise::MapGrad { fun, .. }) = &mut step.verb {
            *fun = Fun::Sigmoid;
        }
    }
    let bindings = Bindings::new();
    let params = sample_params(&plan, &bindings);
    let worst = gradient_check(&plan, &bindings, &params, &uniform(8, 9), 7);
    assert!(worst.is_some_and(|worst| worst.error > 0.1));
}
