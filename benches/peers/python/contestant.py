"""A contestant's side of the protocol that `../contestant.rs` tells, and the networks all load."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import load_file


SEQUENCES = ("lstm", "transformer")  # networks that are measured in training only


class Layer(NamedTuple):
    kind: str
    name: str
    output: list  # channels last, without the batch


class Job(NamedTuple):
    work: str
    network: str
    threads: int
    models: Path

    @classmethod
    def from_args(cls):
        work, network, threads, models = sys.argv[1:]
        return cls(work, network, int(threads), Path(models))

    @property
    def batch(self):
        training = 32 if self.network in SEQUENCES else 64 if self.network == "vgg_small" else 128
        return {"latency": 1, "throughput": 256}.get(self.work, training)


class Network:
    """Layers in order, and weights as monograd's files have them: [in, out] and [kh, kw, in, out]."""

    def __init__(self, models, name):
        lines = (models / f"{name}.txt").read_text().splitlines()
        words = [line.split() for line in lines]
        layers = [Layer(kind, name, [int(n) for n in shape]) for kind, name, *shape in words]
        self.input, self.layers = layers[0].output, layers[1:]
        self.weights = load_file(models / f"{name}.safetensors")

    def steps(self):
        """Every layer with the shape of its input."""
        inputs = [self.input] + [layer.output for layer in self.layers]
        return zip(self.layers, inputs)

    def dense_channels_first(self, layer, before):
        """The weight [in, out] of a dense layer whose input was flattened channels first;
        `before` is the last shape of three dimensions, or None."""
        weight = self.weights[f"{layer.name}.weight"]
        if before is None:
            return weight
        return weight.reshape(*before, -1).transpose(2, 0, 1, 3).reshape(weight.shape)


def padding(size, output, kernel):
    """Of a convolution with stride 1, on either side."""
    return (output - size + kernel - 1) // 2


def inputs(rows, shape):
    """The inputs that every contestant computes, channels last."""
    values = np.arange(rows * int(np.prod(shape))) * 7919 % 1000
    return values.astype(np.float32).reshape(rows, *shape) / np.float32(1000)


def channels_first(x):
    return np.ascontiguousarray(np.moveaxis(x, -1, 1)) if x.ndim == 4 else x


def targets(rows, classes):
    rows = np.arange(rows)
    return rows * 7 % 10 if classes > 1 else ((rows % 7) / 7).astype(np.float32)[:, None]


def serve(about, check, round):
    print("ready", about, flush=True)
    for line in sys.stdin:
        values = check() if line.strip() == "check" else round(float(line.split()[1]))
        print(*values, flush=True)


def time_calls(seconds, call):
    """The median of the seconds of a call, and the 99th percentile as a multiple of it,
    after a fifth of the time to warm up."""
    now = time.perf_counter_ns
    end, calls = now() + seconds * 0.2e9, 0
    while calls < 3 or now() < end:
        call()
        calls += 1
    end, times = now() + seconds * 0.8e9, []
    while len(times) < 3 or now() < end:
        start = now()
        call()
        times.append(now() - start)
    times.sort()
    median = times[len(times) // 2]
    return median / 1e9, times[len(times) * 99 // 100] / median
