//! What is measured, over which networks, with whom, and on how many threads.

/// A kind of work.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) networks: &'static [&'static str],
    /// Contestants and their threads, ours first.
    pub(crate) contestants: &'static [(&'static str, usize)],
    pub(crate) unit: Unit,
    /// What the second figure of a round is.
    pub(crate) second: Second,
}

/// How the first figure, seconds of a call, is shown.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// With its name and how many make a second.
    Time(&'static str, f64),
    /// Of calls with so many samples.
    SamplesPerSecond(f64),
}

/// The second figure of a round.
#[derive(Clone, Copy)]
pub(crate) enum Second {
    Nothing,
    Accuracy,
    /// The 99th percentile of the seconds of a call.
    Percentile,
}

const ALL: &[&str] = &["mnist_cnn", "mlp", "tiny", "lenet5", "vgg_small"];

pub(crate) const WORKS: [Work; 5] = [
    Work {
        name: "epoch",
        title: "The second epoch over MNIST with shuffling and loading: batch 128, Adam, two threads",
        networks: &["mnist_cnn"],
        contestants: &[("ours", 2), ("pytorch", 2)],
        unit: Unit::Time("s", 1.0),
        second: Second::Accuracy,
    },
    Work {
        name: "step",
        title: "A training step (forward, loss, backward, Adam) of 128 samples, of vgg_small 64, \
                on at most two threads; ours gathers the samples besides",
        networks: ALL,
        contestants: &[("ours", 2), ("pytorch", 2), ("burn", 2), ("candle", 2)],
        unit: Unit::Time("ms", 1e3),
        second: Second::Nothing,
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
        unit: Unit::Time("µs", 1e6),
        second: Second::Percentile,
    },
    Work {
        name: "throughput",
        title: "Samples a second in batches of 256, two threads",
        networks: &["mnist_cnn", "mlp", "vgg_small"],
        contestants: &[("ours", 2), ("onnx_runtime", 2), ("litert", 2), ("pytorch", 2)],
        unit: Unit::SamplesPerSecond(256.0),
        second: Second::Nothing,
    },
    Work {
        name: "scaling",
        title: "Two threads and one: our training step, and 10⁹ multiplications and additions on registers",
        networks: &["mnist_cnn", "vgg_small", "multiply_add"],
        contestants: &[("ours", 2), ("ours", 1)],
        unit: Unit::Time("ms", 1e3),
        second: Second::Nothing,
    },
];
