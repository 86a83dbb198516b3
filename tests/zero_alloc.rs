//! Inference, one time step and the training step allocate nothing once their buffers exist.

use monograd::{
    array::Array,
    custom::{CausalLayer, CustomLayer, Parameter, Pass},
    network::{Context, Entry, head},
    prelude::*,
    regularize,
    simd::Cpu,
};
use monograd_tests::alloc::{Counting, count};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

network! {
    MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128, l1 = 1e-5, l2 = 1e-4, max_norm = 2), relu,
        dense(10), softmax,
    }
}

network! {
    Everything: [12, 12, 4] -> [3] {
        conv2d(8, kernel = 3, padding = same), batch_norm, gelu,
        avg_pool2d(2), conv2d(8, kernel = 3, groups = 4, stride = 2), elu,
        global_max_pool2d, dropout(0.2), dense(16), tanh, reshape([4, 4, 1]), flatten,
        dense(3), log_softmax,
    }
}

network! {
    Images: [8, 8, 4] -> [5] {
        pad2d(1), depthwise_conv2d(3, multiplier = 2), layer_norm, prelu,
        separable_conv2d(8, padding = same), group_norm(2), spatial_dropout2d(0.2),
        crop2d(2), conv2d_transpose(6, kernel = 3, stride = 2, padding = same), instance_norm, glu,
        upsample2d(2), adaptive_max_pool2d(8),
        upsample2d(2, mode = bilinear), adaptive_avg_pool2d(4),
        permute([2, 0, 1]), slice(1), flatten, dense(5),
    }
}

network! {
    Sequences: [16] -> [2] {
        embedding(20, width = 6), position_embedding, position_embedding(sinusoidal), rms_norm,
        attention(2, key_value_heads = 1, head_size = 4, causal = true, rotary = true),
        dense(8), swiglu, gaussian_noise(0.1),
        conv1d(6, kernel = 3, padding = causal, dilation = 2), max_pool1d(2),
        conv1d_transpose(4, kernel = 2, stride = 2),
        lstm(5, return_sequences = true), gru(4, return_sequences = true, bidirectional = true),
        rnn(4, return_sequences = true), avg_pool1d(4),
        last, reshape([4, 1]), conv1d(4, kernel = 1), global_avg_pool1d,
        reshape([2, 2]), global_max_pool1d, reshape([1, 2]), mean_over_time,
    }
}

/// `y = 2 x`, over a sequence.
struct Doubled;

impl CustomLayer for Doubled {
    type Input = [[f32; 6]; 64];
    type Output = [[f32; 6]; 64];
    const NAME: &'static str = "Doubled";

    fn forward(_: &[f32], x: &Self::Input, y: &mut Self::Output) {
        *y = x.map(|x| x.map(|x| 2.0 * x));
    }

    fn backward(_: Pass<'_, Self>, dy: &Self::Output, dx: &mut Self::Input, _: &mut [f32]) {
        *dx = dy.map(|dy| dy.map(|dy| 2.0 * dy));
    }
}

impl CausalLayer for Doubled {
    type State = [f32; 0];
    type StepOutput = [f32; 6];

    fn step(_: &[f32], _: &mut [f32; 0], x: &[f32; 6], y: &mut [f32; 6]) {
        *y = x.map(|x| 2.0 * x);
    }
}

/// `y = slope · x`.
struct Slope;

impl CustomLayer for Slope {
    type Input = [f32; 32];
    type Output = [f32; 32];
    const NAME: &'static str = "Slope";
    const PARAMETERS: &'static [Parameter] = &[Parameter::ones("slope", &[32])];

    fn forward(slope: &[f32], x: &[f32; 32], y: &mut [f32; 32]) {
        (0..32).for_each(|n| y[n] = slope[n] * x[n]);
    }

    fn backward(pass: Pass<'_, Self>, dy: &[f32; 32], dx: &mut [f32; 32], d: &mut [f32]) {
        (0..32).for_each(|n| dx[n] = pass.parameters[n] * dy[n]);
        (0..32).for_each(|n| d[n] += pass.input[n] * dy[n]);
    }
}

network! { Own: [6] -> [3] { dense(32), layer(Slope) -> [32], relu, repeat(3) { layer(Slope) -> [32] }, dense(3), softmax } }

network! { #[part] Block: [12] -> [12] { residual { dense(16), batch_norm, relu, dense(12) } } }

network! {
    Blocks: [6] -> [3] {
        dense(12), repeat(2) { repeat(2) { Block -> [12] }, tanh },
        dense(3), softmax,
    }
}

network! {
    Graph: (image: [8, 8, 4], meta: [3]) -> (class: [3], score: [1]) {
        stem: conv2d(8, kernel = 3, padding = same), relu,
        global_avg_pool2d, dense(8), sigmoid, multiply(relu1), add(global_avg_pool2d1),
        repeat(3) { residual { conv2d(8, kernel = 1), batch_norm, relu, dropout(0.1) } },
        parallel(concat) { { conv2d(4, kernel = 1) }, { max_pool2d(3, stride = 1, padding = same) }, {} },
        average(parallel1), global_avg_pool2d, body: concat(meta),
        gate: dense(23), sigmoid, multiply(body), maximum(gate), subtract(body),
        dense(3), class: softmax, from(body), score: dense(1),
    }
}

network! {
    Stream: [64, 4] -> [64, 8] {
        stem: conv1d(8, kernel = 3, padding = causal), tanh, position_embedding,
        repeat(3) { residual { conv1d(8, kernel = 2, padding = causal, dilation = 5), tanh }, layer_norm },
        parallel(concat) { { conv1d(40, kernel = 2, padding = causal, groups = 4) }, {}, { dense(8), swiglu } },
        dropout(0.1), dense(8), maximum(stem),
    }
}

network! {
    Summary: [64] -> [4] {
        embedding(6, width = 5), position_embedding(sinusoidal),
        parallel(concat) { { last }, { mean_over_time } }, dense(4), softmax,
    }
}

network! {
    Remembering: [64, 4] -> [6] {
        lstm(16, return_sequences = true), gru(8, return_sequences = true), rnn(12, return_sequences = true),
        residual { attention(3, causal = true, rotary = true) }, lstm(6),
    }
}

network! { #[part] Filter: [64, 6] -> [64, 6] { conv1d(6, kernel = 3, padding = causal), tanh, gru(6, return_sequences = true) } }

network! {
    Filtered: [64, 6] -> [64, 2] {
        dense(6), first: Filter -> [64, 6], repeat(3) { Filter -> [64, 6], layer(Doubled, causal = true) -> [64, 6] }, dense(2),
    }
}

fn inference<N: Network<Scalar = f32>>(cpu: Cpu) {
    let net = N::init(1);
    let input = Box::new(monograd::buffer::Block::<f32>::zeroed(
        8 * N::INPUT_SHAPE.iter().product::<usize>(),
    ));
    let inputs = <N::Input as Array>::rows(&input);
    let small: Prepared<N, f16> = net.prepare();
    let mut one = N::scratch::<1>();
    let mut eight = N::scratch::<8>();
    let batch = inputs.first_chunk::<8>().expect("eight inputs");
    net.predict(&inputs[0], &mut one);
    let allocations = count(|| {
        net.predict(&inputs[0], &mut one);
        net.predict_with(cpu, &inputs[0], &mut one);
        net.predict_batch(batch, &mut eight);
        net.predict_rows::<8>(&inputs[..5], &mut eight).expect("five fit eight");
        small.predict_with(cpu, &inputs[0], &mut one);
        small.predict_batch(batch, &mut eight);
    });
    assert_eq!(allocations, 0, "allocations of {}'s inference", N::NAME);
}

fn training<N: Network<Scalar = f32>>(cpu: Cpu) {
    let mut net = N::init(1);
    let input =
        monograd::buffer::Block::<f32>::zeroed(8 * N::INPUT_SHAPE.iter().product::<usize>());
    let inputs = <N::Input as Array>::rows(&input);
    let mut tape = N::tape::<8>();
    let mut gradients = N::gradients();
    let mut adam = Adam::default();
    let mut step = |step| {
        let context = Context { cpu, seed: 7, step };
        net.forward::<8>(context, inputs, &mut tape);
        let (outputs, d) = N::seam::<8>(&mut tape, 8, Entry::Output);
        d.copy_from_slice(outputs);
        net.backward::<8>(context, Entry::Output, inputs, &mut tape, &mut gradients);
        regularize::add_gradients(&net, cpu, &mut gradients);
        adam.step(cpu, net.parameters_mut().split_mut().0, &gradients);
        regularize::constrain(&mut net);
        assert!(regularize::penalty(&net).is_finite());
    };
    step(0);
    let allocations = count(|| (1..4).for_each(&mut step));
    assert_eq!(allocations, 0, "allocations of {}'s training step", N::NAME);
}

fn stepping<N: Causal<Scalar = f32>>(cpu: Cpu) {
    let net = N::init(1);
    let small: Prepared<N, f16> = net.prepare();
    let mut state = N::state();
    let input = monograd::buffer::Block::<f32>::zeroed(<N::Sample as Array>::LEN);
    let sample = &<N::Sample as Array>::rows(&input)[0];
    let allocations = count(|| {
        for _ in 0..100 {
            net.step(&mut state, sample);
            net.step_with(cpu, &mut state, sample);
            small.step(&mut state, sample);
        }
    });
    assert_eq!(allocations, 0, "allocations of {}'s steps", N::NAME);
}

network! {
    Divided: [24, 24, 3] -> [4] {
        conv2d(12, kernel = 3, padding = same), relu, dropout(0.2),
        conv2d(12, kernel = 3), relu,
        global_avg_pool2d, dense(4), softmax,
    }
}

/// The allocations of a run of two epochs, each of so many batches.
fn run<N: Network<Scalar = f32, Head = head::Softmax>>(batches: usize) -> usize {
    let data: Vec<(N::Input, u8)> = vec![(N::Input::ZEROED, 1); 40 * batches];
    let mut net = N::init(1);
    count(|| {
        let trainer = Trainer::new(&mut net).loss(CrossEntropy).metric(Accuracy).epochs(2);
        trainer.batch::<40>().threads(1).quiet().fit(&data).expect("labels are below 4");
    })
}

/// The steps of the trainer: more of them allocate no more.
fn fitting<N: Network<Scalar = f32, Head = head::Softmax>>() {
    assert_eq!(run::<N>(2), run::<N>(5), "allocations of a run of {}", N::NAME);
}

/// One test, since the counter sees every thread.
#[test]
fn nothing_is_allocated() {
    let cpu = Cpu::detect();
    inference::<MnistCnn>(cpu);
    inference::<Everything>(cpu);
    inference::<Images>(cpu);
    inference::<Sequences>(cpu);
    inference::<Graph>(cpu);
    inference::<Own>(cpu);
    inference::<Blocks>(cpu);
    stepping::<Stream>(cpu);
    stepping::<Summary>(cpu);
    stepping::<Remembering>(cpu);
    stepping::<Filtered>(cpu);
    fitting::<MnistCnn>();
    fitting::<Divided>();
    training::<MnistCnn>(cpu);
    training::<Everything>(cpu);
    training::<Images>(cpu);
    training::<Sequences>(cpu);
    training::<Graph>(cpu);
    training::<Own>(cpu);
    training::<Blocks>(cpu);
}
