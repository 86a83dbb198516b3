//! What is measured, with whom, and on how many threads.

/// A kind of work, over some networks.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) networks: &'static [&'static str],
    /// Ours first.
    pub(crate) entries: &'static [Entry],
    pub(crate) unit: Unit,
    /// What the second figure of a round is.
    pub(crate) second: Second,
}

/// A contestant at a work.
pub(crate) struct Entry {
    pub(crate) contestant: &'static str,
    pub(crate) work: &'static str,
    pub(crate) threads: usize,
    /// Compared with the first entry of the same group.
    pub(crate) group: usize,
}

/// How seconds of a call are shown.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    /// Calls of so many samples.
    SamplesPerSecond(f64),
}

/// The second figure of a round.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Second {
    Nothing,
    Accuracy,
    /// The 99th percentile of the seconds of a call.
    Percentile,
}

const fn entry(contestant: &'static str, work: &'static str, threads: usize) -> Entry {
    Entry { contestant, work, threads, group: 0 }
}

const ALL: &[&str] = &["mnist_cnn", "mlp", "tiny", "lenet5", "vgg_small"];

pub(crate) const WORKS: &[Work] = &[
    Work {
        name: "epoch",
        title: "The second epoch over MNIST, shuffling and loading included: batch 128, Adam, two threads",
        networks: &["mnist_cnn"],
        entries: &[entry("ours", "epoch", 2), entry("pytorch", "epoch", 2)],
        unit: Unit::Seconds,
        second: Second::Accuracy,
    },
    Work {
        name: "step",
        title: "A training step: forward, loss, backward and Adam, at most two threads, \
                batch 128, of vgg_small 64; ours gathers the batch besides",
        networks: ALL,
        entries: &[
            entry("ours", "step", 2),
            entry("pytorch", "step", 2),
            entry("burn", "step", 2),
            entry("candle", "step", 2),
        ],
        unit: Unit::Milliseconds,
        second: Second::Nothing,
    },
    Work {
        name: "latency",
        title: "One sample, one thread",
        networks: ALL,
        entries: &[
            entry("ours", "latency", 1),
            entry("onnx_runtime", "latency", 1),
            entry("litert", "latency", 1),
            entry("tract", "latency", 1),
            entry("candle", "latency", 1),
            entry("burn", "latency", 1),
            entry("pytorch", "latency", 1),
        ],
        unit: Unit::Microseconds,
        second: Second::Percentile,
    },
    Work {
        name: "throughput",
        title: "Batches of 256, two threads, samples a second",
        networks: &["mnist_cnn", "mlp", "vgg_small"],
        entries: &[
            entry("ours", "throughput", 2),
            entry("onnx_runtime", "throughput", 2),
            entry("litert", "throughput", 2),
            entry("pytorch", "throughput", 2),
        ],
        unit: Unit::SamplesPerSecond(256.0),
        second: Second::Nothing,
    },
    Work {
        name: "scaling",
        title: "Our training step on two threads and on one, \
                beside 10⁹ operations of multiply-adds on registers",
        networks: &["mnist_cnn", "vgg_small"],
        entries: &[
            entry("ours", "step", 2),
            entry("ours", "step", 1),
            Entry { group: 1, ..entry("ours", "peak", 2) },
            Entry { group: 1, ..entry("ours", "peak", 1) },
        ],
        unit: Unit::Milliseconds,
        second: Second::Nothing,
    },
];
