//! Every layer against PyTorch: outputs, parameter gradients and input gradients, in both scalars.
//!
//! The layer stands behind an identity `lens`, whose weight gradient is `xᵀ · dx`: so the gradient
//! with respect to the layer's input is seen although a first layer has none.

use monograd::{
    array::Array,
    network::{Context, Entry, Network},
    simd::{Cpu, Scalar},
};
use monograd_tests::fixture::{Fixture, distance};

const CONTEXT: fn() -> Context = || Context { cpu: Cpu::detect(), seed: 0, step: 0 };

fn check<N: Network>(name: &str, tolerance: f64) {
    let fixture = Fixture::read("layers");
    let tensor = |part: &str| fixture.tensor(&format!("{name}.{part}"));
    let mut net = N::init(1);
    fill_parameters(&mut net, &tensor);

    let x = tensor("x");
    let rows = x.len() / N::Input::LEN;
    let inputs = scalars::<N>(&x);
    let inputs = N::Input::rows(&inputs);
    let mut tape = N::tape::<8>();
    let y = widen(N::Output::flat(net.forward::<8>(CONTEXT(), inputs, &mut tape)));
    close(name, "y", &y, &tensor("y"), tolerance);

    let dy = scalars::<N>(&tensor("dy"));
    let (_, seam) = N::seam::<8>(&mut tape, rows, Entry::Output);
    N::Output::flat_mut(seam).copy_from_slice(&dy);
    let mut gradients = N::gradients();
    net.backward::<8>(CONTEXT(), Entry::Output, inputs, &mut tape, &mut gradients);
    for param in N::PARAMS.iter().filter(|param| param.trained) {
        let gradient = widen(&gradients[param.offset..param.offset + param.len]);
        let part = param.name.split('.').next_back().expect("a name has two parts");
        let expected = match param.name {
            "lens.weight" => x_transposed_dx(&x, &tensor("dx"), rows),
            _ => tensor(&format!("d{part}")),
        };
        close(name, param.name, &gradient, &expected, tolerance);
    }
}

fn fill_parameters<N: Network>(net: &mut N, tensor: &dyn Fn(&str) -> Vec<f64>) {
    let values = net.parameters_mut().all_mut();
    for param in N::PARAMS {
        let into = &mut values[param.offset..param.offset + param.len];
        let part = param.name.split('.').next_back().expect("a name has two parts");
        match (param.name, part) {
            ("lens.weight", _) => {
                let n = param.shape[1];
                into.iter_mut().enumerate().for_each(|(i, v)| {
                    *v = N::Scalar::from_f64(f64::from(u8::from(i / n == i % n)));
                });
            }
            (_, "mean" | "var" | "table" | "rotation") => {}
            _ => into.iter_mut().zip(tensor(part)).for_each(|(v, t)| *v = N::Scalar::from_f64(t)),
        }
    }
}

fn x_transposed_dx(x: &[f64], dx: &[f64], rows: usize) -> Vec<f64> {
    let n = x.len() / rows;
    let mut product = vec![0.0; n * n];
    for (x, dx) in x.chunks(n).zip(dx.chunks(n)) {
        for (i, row) in product.chunks_mut(n).enumerate() {
            row.iter_mut().zip(dx).for_each(|(p, d)| *p += x[i] * d);
        }
    }
    product
}

fn scalars<N: Network>(values: &[f64]) -> Vec<N::Scalar> {
    values.iter().map(|v| N::Scalar::from_f64(*v)).collect()
}

fn widen<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|v| v.to_f64()).collect()
}

fn close(layer: &str, part: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    let distance = distance(actual, expected);
    assert!(distance < tolerance, "{layer}: {part} is {distance:.2e} from PyTorch's");
}

macro_rules! reference {
    ($($name:ident: [$($in:literal),*] = $n:literal -> [$($out:literal),*] { $($layer:tt)* })*) => {$(
        #[test]
        fn $name() {
            mod single {
                monograd::network! {
                    pub(super) Net: [$($in),*] -> [$($out),*] {
                        flatten, lens: dense($n, bias = false), reshape([$($in),*]), $($layer)*
                    }
                }
            }
            mod double {
                monograd::network! {
                    #[scalar(f64)]
                    pub(super) Net: [$($in),*] -> [$($out),*] {
                        flatten, lens: dense($n, bias = false), reshape([$($in),*]), $($layer)*
                    }
                }
            }
            check::<single::Net>(stringify!($name), 1e-5);
            check::<double::Net>(stringify!($name), 1e-7);
        }
    )*};
}

reference! {
    dense: [5] = 5 -> [4] { dense(4) }
    dense_no_bias: [5] = 5 -> [4] { dense(4, bias = false) }
    conv2d: [7, 6, 3] = 126 -> [5, 4, 5] { conv2d(5, kernel = 3) }
    conv2d_stride: [8, 7, 3] = 168 -> [3, 2, 4] { conv2d(4, kernel = (3, 2), stride = (2, 3)) }
    conv2d_same: [7, 6, 2] = 84 -> [4, 6, 4] { conv2d(4, kernel = (3, 4), stride = (2, 1), padding = same) }
    conv2d_padding: [5, 6, 3] = 90 -> [7, 6, 4] { conv2d(4, kernel = 3, padding = (2, 1)) }
    conv2d_dilation: [9, 8, 2] = 144 -> [5, 2, 3] { conv2d(3, kernel = 3, dilation = (2, 3)) }
    conv2d_groups: [6, 6, 4] = 144 -> [6, 6, 6] { conv2d(6, kernel = 3, padding = 1, groups = 2) }
    conv2d_depthwise: [6, 5, 4] = 120 -> [6, 5, 4] { conv2d(4, kernel = 3, padding = 1, groups = 4) }
    conv2d_wide: [6, 6, 16] = 576 -> [6, 6, 32] { conv2d(32, kernel = 3, padding = 1) }
    max_pool2d: [6, 8, 3] = 144 -> [3, 4, 3] { max_pool2d(2) }
    max_pool2d_overlap: [7, 7, 2] = 98 -> [4, 4, 2] { max_pool2d(3, stride = 2, padding = 1) }
    max_pool2d_same: [7, 6, 2] = 84 -> [4, 3, 2] { max_pool2d((2, 3), stride = 2, padding = same) }
    avg_pool2d: [6, 8, 3] = 144 -> [3, 4, 3] { avg_pool2d(2) }
    avg_pool2d_padding: [7, 7, 2] = 98 -> [4, 4, 2] { avg_pool2d(3, stride = 2, padding = 1) }
    global_avg_pool2d: [4, 5, 3] = 60 -> [3] { global_avg_pool2d }
    global_max_pool2d: [4, 5, 3] = 60 -> [3] { global_max_pool2d }
    global_max_pool2d_large: [17, 16, 2] = 544 -> [2] { global_max_pool2d }
    flatten: [2, 3, 2] = 12 -> [12] { flatten }
    reshape: [12] = 12 -> [2, 3, 2] { reshape([2, 3, 2]) }
    softmax: [6] = 6 -> [6] { softmax }
    log_softmax: [6] = 6 -> [6] { log_softmax }
    batch_norm: [4] = 4 -> [4] { batch_norm }
    batch_norm_image: [3, 4, 5] = 60 -> [3, 4, 5] { batch_norm }
    relu: [37] = 37 -> [37] { relu }
    leaky_relu: [37] = 37 -> [37] { leaky_relu }
    leaky_relu_slope: [37] = 37 -> [37] { leaky_relu(0.3) }
    elu: [37] = 37 -> [37] { elu }
    elu_alpha: [37] = 37 -> [37] { elu(1.7) }
    selu: [37] = 37 -> [37] { selu }
    gelu: [37] = 37 -> [37] { gelu }
    gelu_tanh: [37] = 37 -> [37] { gelu(approximate = tanh) }
    silu: [37] = 37 -> [37] { silu }
    sigmoid: [37] = 37 -> [37] { sigmoid }
    hard_sigmoid: [37] = 37 -> [37] { hard_sigmoid }
    tanh: [37] = 37 -> [37] { tanh }
    softplus: [37] = 37 -> [37] { softplus }
    softsign: [37] = 37 -> [37] { softsign }
    relu6: [37] = 37 -> [37] { relu6 }
    hard_swish: [37] = 37 -> [37] { hard_swish }
    mish: [37] = 37 -> [37] { mish }
    conv1d: [9, 3] = 27 -> [7, 5] { conv1d(5, kernel = 3) }
    conv1d_stride: [10, 4] = 40 -> [5, 6] { conv1d(6, kernel = 3, stride = 2, padding = 2, dilation = 2, groups = 2) }
    conv1d_same: [9, 2] = 18 -> [5, 4] { conv1d(4, kernel = 4, stride = 2, padding = same) }
    conv1d_causal: [11, 3] = 33 -> [11, 16] { conv1d(16, kernel = 3, padding = causal, dilation = 3) }
    depthwise_conv2d: [6, 5, 3] = 90 -> [6, 5, 6] { depthwise_conv2d(3, multiplier = 2, padding = same) }
    depthwise_conv2d_stride: [7, 6, 4] = 168 -> [3, 2, 4] {
        depthwise_conv2d((2, 3), stride = 2, dilation = (2, 1), bias = false)
    }
    separable_conv2d: [6, 5, 3] = 90 -> [6, 5, 4] { separable_conv2d(4, multiplier = 2, padding = same) }
    max_pool1d: [9, 3] = 27 -> [4, 3] { max_pool1d(2) }
    max_pool1d_overlap: [9, 3] = 27 -> [5, 3] { max_pool1d(3, stride = 2, padding = 1) }
    avg_pool1d: [9, 3] = 27 -> [4, 3] { avg_pool1d(2) }
    avg_pool1d_padding: [9, 3] = 27 -> [5, 3] { avg_pool1d(3, stride = 2, padding = 1) }
    global_avg_pool1d: [6, 3] = 18 -> [3] { global_avg_pool1d }
    mean_over_time: [5, 4] = 20 -> [4] { mean_over_time }
    global_max_pool1d: [6, 3] = 18 -> [3] { global_max_pool1d }
    layer_norm: [6] = 6 -> [6] { layer_norm }
    layer_norm_sequence: [5, 37] = 185 -> [5, 37] { layer_norm(0.00001) }
    rms_norm: [5, 37] = 185 -> [5, 37] { rms_norm }
    group_norm: [4, 5, 6] = 120 -> [4, 5, 6] { group_norm(3) }
    group_norm_whole: [7, 6] = 42 -> [7, 6] { group_norm(1) }
    instance_norm: [4, 5, 6] = 120 -> [4, 5, 6] { instance_norm }
    dense_sequence: [5, 3] = 15 -> [5, 17] { dense(17) }
    conv2d_transpose: [3, 4, 2] = 24 -> [7, 8, 5] { conv2d_transpose(5, kernel = (3, 2), stride = 2) }
    conv2d_transpose_same: [3, 4, 2] = 24 -> [6, 8, 3] {
        conv2d_transpose(3, kernel = 4, stride = 2, padding = same, bias = false)
    }
    conv2d_transpose_dilation: [3, 4, 2] = 24 -> [5, 6, 3] {
        conv2d_transpose(3, kernel = 3, padding = 1, dilation = 2)
    }
    conv1d_transpose: [6, 3] = 18 -> [17, 5] { conv1d_transpose(5, kernel = 4, stride = 3, padding = 1) }
    upsample2d: [3, 4, 2] = 24 -> [6, 12, 2] { upsample2d((2, 3)) }
    upsample2d_bilinear: [3, 4, 2] = 24 -> [6, 12, 2] { upsample2d((2, 3), mode = bilinear) }
    pad2d: [3, 4, 2] = 24 -> [4, 8, 2] { pad2d((0, 2), top = 1) }
    crop2d: [5, 6, 2] = 60 -> [2, 4, 2] { crop2d(1, bottom = 2) }
    permute: [3, 4, 5] = 60 -> [5, 3, 4] { permute([2, 0, 1]) }
    slice: [9, 2] = 18 -> [3, 2] { slice(1, end = 8, step = 3) }
    slice_axis: [3, 7, 2] = 42 -> [3, 5, 2] { slice(2, axis = 1) }
    last: [6, 3] = 18 -> [3] { last }
    adaptive_avg_pool2d: [6, 4, 3] = 72 -> [3, 2, 3] { adaptive_avg_pool2d((3, 2)) }
    adaptive_max_pool2d: [6, 4, 3] = 72 -> [3, 2, 3] { adaptive_max_pool2d((3, 2)) }
    prelu: [3, 4, 6] = 72 -> [3, 4, 6] { prelu }
    multiply_channels: [4, 3, 6] = 72 -> [4, 3, 6] { global_avg_pool2d, dense(6), sigmoid, multiply(reshape1) }
    subtract_channels: [4, 3, 6] = 72 -> [4, 3, 6] {
        mean: adaptive_avg_pool2d(1), from(reshape1), tanh, subtract(mean)
    }
    add_channels: [4, 3, 6] = 72 -> [4, 3, 6] { global_avg_pool2d, tanh, add(reshape1) }
    glu: [4, 12] = 48 -> [4, 6] { glu }
    swiglu: [4, 34] = 136 -> [4, 17] { swiglu }
    embedding: [24] = 24 -> [24, 3] { embedding(5, width = 3) }
    position_embedding: [5, 4] = 20 -> [5, 4] { position_embedding }
    rnn: [6, 3] = 18 -> [17] { rnn(17) }
    rnn_relu: [6, 3] = 18 -> [6, 5] { rnn(5, return_sequences = true, bias = false, activation = relu) }
    rnn_bidirectional: [6, 3] = 18 -> [8] { rnn(4, bidirectional = true) }
    lstm: [6, 3] = 18 -> [17] { lstm(17) }
    lstm_sequences: [6, 3] = 18 -> [6, 5] { lstm(5, return_sequences = true) }
    lstm_no_bias: [6, 3] = 18 -> [8] { lstm(8, bias = false) }
    lstm_bidirectional: [6, 3] = 18 -> [6, 8] { lstm(4, bidirectional = true, return_sequences = true) }
    gru: [6, 3] = 18 -> [17] { gru(17) }
    gru_sequences: [6, 3] = 18 -> [6, 5] { gru(5, return_sequences = true) }
    gru_no_bias: [6, 3] = 18 -> [8] { gru(8, bias = false) }
    gru_bidirectional: [6, 3] = 18 -> [8] { gru(4, bidirectional = true) }
    position_embedding_sinusoidal: [5, 6] = 30 -> [5, 6] { position_embedding(sinusoidal) }
    attention: [6, 8] = 48 -> [6, 8] { attention(2, bias = false) }
    attention_causal: [70, 8] = 560 -> [70, 8] { attention(2, causal = true, bias = false) }
    attention_rotary: [6, 5] = 30 -> [6, 5] {
        attention(4, head_size = 6, key_value_heads = 2, causal = true, rotary = true)
    }
}
