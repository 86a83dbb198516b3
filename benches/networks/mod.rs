//! The networks that are measured whole, here and beside other frameworks.

use monograd::prelude::*;

network! {
    /// The convolutional classifier of the Keras MNIST tutorial, as in `examples/mnist.rs`.
    pub(crate) MnistCnn: [28, 28, 1] -> [10] {
        conv2d(32, kernel = 3), relu,
        max_pool2d(2),
        flatten,
        dense(128), relu,
        dense(10), softmax,
    }
}

network! {
    /// A perceptron of three layers: products of a matrix and a vector, or of two matrices.
    pub(crate) Mlp: [784] -> [10] {
        dense(128), relu,
        dense(64), relu,
        dense(10), softmax,
    }
}

network! {
    /// So small that every nanosecond around the arithmetic shows.
    pub(crate) Tiny: [8] -> [1] {
        dense(16), tanh,
        dense(16), tanh,
        dense(1),
    }
}

network! {
    /// LeNet-5 (LeCun 1998) with rectifiers and maxima: convolutions of few channels.
    pub(crate) Lenet5: [28, 28, 1] -> [10] {
        conv2d(6, kernel = 5, padding = 2), relu,
        max_pool2d(2),
        conv2d(16, kernel = 5), relu,
        max_pool2d(2),
        flatten,
        dense(120), relu,
        dense(84), relu,
        dense(10), softmax,
    }
}

network! {
    /// Pairs of 3x3 convolutions as in VGG (Simonyan 2014): convolutions of many channels.
    pub(crate) VggSmall: [32, 32, 3] -> [10] {
        conv2d(32, kernel = 3, padding = same), relu,
        conv2d(32, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(64, kernel = 3, padding = same), relu,
        conv2d(64, kernel = 3, padding = same), relu,
        max_pool2d(2),
        conv2d(128, kernel = 3, padding = same), relu,
        conv2d(128, kernel = 3, padding = same), relu,
        max_pool2d(2),
        flatten,
        dense(256), relu,
        dense(10), softmax,
    }
}

network! {
    /// A recurrent layer whose last state is classified.
    pub(crate) LstmNet: [100, 16] -> [10] {
        lstm(64),
        dense(10), softmax,
    }
}

network! {
    /// Says at every step what comes next: blocks of causal attention and perceptron, normalised before
    /// each (Radford 2019).
    pub(crate) Transformer: [128] -> [128, 64] {
        embedding(64, width = 128), position_embedding,
        repeat(4) {
            residual { layer_norm, attention(4, causal = true) },
            residual { layer_norm, dense(512), gelu, dense(128) },
        },
        dense(64), softmax,
    }
}
