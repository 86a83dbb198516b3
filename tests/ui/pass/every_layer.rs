use monograd::prelude::*;

network! {
    Images: [16, 16, 3] -> [4] {
        conv2d(4, kernel = (3, 5), stride = (1, 2), padding = same, dilation = 1, bias = false),
        batch_norm, relu,
        conv2d(4, kernel = 3, padding = 1, groups = 2, init = orthogonal), leaky_relu(0.2),
        max_pool2d(2), elu, selu, gelu,
        avg_pool2d((2, 1), stride = 1, padding = same), silu, sigmoid, hard_sigmoid,
        dropout(0.25),
        global_avg_pool2d, tanh, softplus, softsign,
        dense(8, init = constant(0.5), bias_init = zeros), relu6, hard_swish, mish,
        reshape([2, 2, 2]), global_max_pool2d,
        dense(4), log_softmax,
    }
}

fn main() {
    assert_eq!(Images::OUTPUT_SHAPE, [4]);
}
