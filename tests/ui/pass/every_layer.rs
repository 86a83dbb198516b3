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

network! {
    MoreImages: [8, 8, 4] -> [5] {
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
        dense(8), swiglu, gaussian_noise(0.1),
        conv1d(6, kernel = 3, padding = causal, dilation = 2), max_pool1d(2),
        conv1d_transpose(4, kernel = 2, stride = 2), avg_pool1d(4),
        last, reshape([4, 1]), conv1d(4, kernel = 1), global_avg_pool1d,
        reshape([2, 2]), global_max_pool1d, reshape([1, 2]), mean_over_time,
    }
}

fn main() {
    assert_eq!(MoreImages::OUTPUT_SHAPE, [5]);
    assert_eq!(Sequences::OUTPUT_SHAPE, [2]);
    assert_eq!(Images::OUTPUT_SHAPE, [4]);
}
