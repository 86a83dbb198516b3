//! What is measured, over which networks, with whom, and on how many threads.

/// A kind of work.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) networks: &'static [&'static str],
    /// Contestants and their threads, ours first.
    pub(crate) contestants: &'static [(&'static str, usize)],
    /// The largest difference of values that count as the same, relative to the largest of them. Adam
    /// divides by the size of a gradient, which magnifies the rounding of small ones.
    pub(crate) tolerance: f64,
    /// What is made of the seconds of a call.
    pub(crate) figure: fn(f64) -> f64,
    /// The unit of that.
    pub(crate) unit: &'static str,
    /// What the second figure of a round is.
    pub(crate) second: &'static str,
}

const ALL: &[&str] = &["mnist_cnn", "mlp", "tiny", "lenet5", "vgg_small"];

/// Rows, inputs and outputs: squares, and the dense layers of the networks.
const PRODUCTS: &[&str] = &[
    "64x64x64",
    "128x128x128",
    "256x256x256",
    "512x512x512",
    "1000x1000x1000",
    "1024x1024x1024",
    "2048x2048x2048",
    "128x5408x128",
    "128x128x10",
    "128x784x128",
    "128x128x64",
    "128x64x10",
    "128x16x16",
    "128x400x120",
    "128x120x84",
    "128x84x10",
    "64x2048x256",
    "64x256x10",
];

pub(crate) const WORKS: [Work; 7] = [
    Work {
        name: "epoch",
        title: "The second epoch over MNIST with shuffling and loading: batch 128, Adam, two threads",
        networks: &["mnist_cnn"],
        contestants: &[("ours", 2), ("pytorch", 2)],
        tolerance: 1e-4,
        figure: |s| s,
        unit: "s",
        second: "test accuracy",
    },
    Work {
        name: "step",
        title: "A training step (forward, loss, backward, Adam) of 128 samples, of vgg_small 64, \
                on at most two threads; ours gathers the samples besides",
        networks: ALL,
        contestants: &[("ours", 2), ("pytorch", 2), ("burn", 2), ("candle", 2)],
        tolerance: 1e-3,
        figure: |s| s * 1e3,
        unit: "ms",
        second: "",
    },
    Work {
        name: "step",
        title: "A training step of 32 sequences, on at most two threads: LSTM of 64 units over 100 steps \
                of 16 features; transformer of 4 blocks, width 128, 4 heads, 128 steps",
        networks: &["lstm", "transformer"],
        contestants: &[("ours", 2), ("pytorch", 2)],
        tolerance: 1e-3,
        figure: |s| s * 1e3,
        unit: "ms",
        second: "",
    },
    Work {
        name: "latency",
        title: "One sample, one thread",
        networks: ALL,
        contestants: &[
            ("ours", 1),
            ("onnx_runtime", 1),
            ("litert", 1),
            ("tract", 1),
            ("candle", 1),
            ("burn", 1),
            ("pytorch", 1),
        ],
        tolerance: 1e-4,
        figure: |s| s * 1e6,
        unit: "µs",
        second: "p99 / median",
    },
    Work {
        name: "throughput",
        title: "Samples a second in batches of 256, two threads",
        networks: &["mnist_cnn", "mlp", "vgg_small"],
        contestants: &[("ours", 2), ("onnx_runtime", 2), ("litert", 2), ("pytorch", 2)],
        tolerance: 1e-4,
        figure: |s| 256.0 / s,
        unit: "samples/s",
        second: "",
    },
    Work {
        name: "products",
        title: "Products of matrices on one thread: that of a dense layer and its two gradients, ROWSxINPUTSxOUTPUTS",
        networks: PRODUCTS,
        contestants: &[("ours", 1), ("gemm", 1)],
        tolerance: 1e-4,
        figure: |s| s * 1e6,
        unit: "µs",
        second: "GFLOP/s",
    },
    Work {
        name: "scaling",
        title: "Two threads and one: our training step, and 10⁹ multiplications and additions on registers",
        networks: &["mnist_cnn", "vgg_small", "multiply_add"],
        contestants: &[("ours", 2), ("ours", 1)],
        tolerance: 1e-3,
        figure: |s| s * 1e3,
        unit: "ms",
        second: "",
    },
];
