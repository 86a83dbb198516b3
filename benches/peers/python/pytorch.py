"""PyTorch: every round takes the fastest of contiguous and channels-last, and of what else may help."""

import copy
import gzip
import time
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from torch import nn

import sequences
from contestant import SEQUENCES, Job, Network, channels_first, inputs, padding, serve, targets, time_calls

DATA = Path(__file__).parents[3] / "datasets" / "mnist"
BATCHES = 8


def module(network):
    """The network without the softmax of its head, which belongs to the loss."""
    layers, image = [], None
    for layer, size in network.steps():
        image = size if len(size) == 3 else image
        if layer.kind in ("conv2d", "dense"):
            layers.append(weighted(network, layer, size, image))
            image = None
        elif layer.kind == "max_pool2d":
            layers.append(nn.MaxPool2d(size[0] // layer.output[0]))
        elif layer.kind != "softmax":
            layers.append({"relu": nn.ReLU, "tanh": nn.Tanh, "flatten": nn.Flatten}[layer.kind]())
    return nn.Sequential(*layers)


def weighted(network, layer, size, image):
    if layer.kind == "conv2d":
        weight = network.weights[f"{layer.name}.weight"].transpose(3, 2, 0, 1)
        kernel = weight.shape[2]
        made = nn.Conv2d(size[2], layer.output[2], kernel, padding=padding(size[0], layer.output[0], kernel))
    else:
        weight = network.dense_channels_first(layer, image).T
        made = nn.Linear(*weight.shape[::-1])
    for parameter, values in ((made.weight, weight), (made.bias, network.weights[f"{layer.name}.bias"])):
        parameter.data = torch.from_numpy(np.ascontiguousarray(values))
    return made


def layouts(x):
    return [torch.contiguous_format] + [torch.channels_last] * (x.ndim == 4)


def best_of(seconds, variants):
    """The times of the fastest of several calls that do the same, each with a number of threads."""
    times = []
    for threads, call in variants:
        torch.set_num_threads(threads)
        times.append(time_calls(seconds, call))
    return min(times)


class Training:
    def __init__(self, network, layout, x, y):
        self.net = copy.deepcopy(network).to(memory_format=layout)
        trained = [parameter for parameter in self.net.parameters() if parameter.requires_grad]
        self.adam = torch.optim.Adam(trained, lr=1e-3, fused=True)
        self.loss = nn.MSELoss() if y.is_floating_point() else nn.CrossEntropyLoss()
        self.batches = cycle(list(zip(x.contiguous(memory_format=layout).chunk(BATCHES), y.chunk(BATCHES))))

    def step(self, x=None, y=None):
        if x is None:
            x, y = next(self.batches)
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(self.net(x), y)
        loss.backward()
        self.adam.step()
        return loss


def given(job, network, rows):
    """Inputs, targets and the network."""
    x = inputs(rows, network.input)
    if job.network in SEQUENCES:
        net = sequences.module(job.network, network.weights)
        if job.network == "transformer":
            return sequences.tokens(x), sequences.following(rows, *network.input), net
    else:
        x, net = channels_first(x), module(network)
    return torch.from_numpy(x), torch.from_numpy(targets(rows, network.layers[-1].output[0])), net


def train(job, network):
    rows = BATCHES * job.batch
    x, y, net = given(job, network, rows)
    steps = [
        (threads, Training(net, layout, x, y).step)
        for layout in layouts(x)
        for threads in range(1, job.threads + 1)
    ]

    def check():
        fresh = Training(net, torch.contiguous_format, x, y)
        return [fresh.step(x[: job.batch], y[: job.batch]).item() for _ in range(3)]

    serve(about(f"threads {job.threads} or less"), check, lambda seconds: best_of(seconds, steps)[:1])


def infer(job, network):
    net = module(network)
    if network.layers[-1].kind == "softmax":
        net.append(nn.Softmax(1))
    net.eval()
    x = torch.from_numpy(channels_first(inputs(job.batch, network.input)))
    calls = []
    for layout in layouts(x):
        laid, given = copy.deepcopy(net).to(memory_format=layout), x.contiguous(memory_format=layout)
        script = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(laid, given)))
        calls += [(job.threads, partial(laid, given)), (job.threads, partial(script, given))]
    figures = 2 if job.work == "latency" else 1

    def check():
        return calls[0][1]().flatten().tolist()

    serve(about(f"threads {job.threads}"), check, lambda seconds: best_of(seconds, calls)[:figures])


def mnist(part):
    def idx(name, header):
        with gzip.open(DATA / f"{part}-{name}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)
    images = idx("images-idx3", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    return torch.from_numpy(images), torch.from_numpy(idx("labels-idx1", 8).astype(np.int64))


def epochs(job, network):
    (images, labels), (test_images, test_labels) = mnist("train"), mnist("t10k")

    def epoch(training):
        start = time.perf_counter()
        for batch in torch.randperm(len(images)).split(job.batch):
            training.step(images[batch], labels[batch])
        return time.perf_counter() - start

    def round(_):
        training = Training(module(network), torch.channels_last, images, labels)
        epoch(training)
        seconds = epoch(training)
        with torch.inference_mode():
            right = training.net(test_images).argmax(1) == test_labels
        return seconds, right.float().mean().item()

    serve(about(f"threads {job.threads}"), list, round)


def about(settings):
    return f"PyTorch {torch.__version__.split('+')[0]}, {settings}"


def main():
    job = Job.from_args()
    torch.manual_seed(0)
    torch.set_num_threads(job.threads)
    with torch.inference_mode(job.work in ("latency", "throughput")):
        {"epoch": epochs, "step": train}.get(job.work, infer)(job, Network(job.models, job.network))


main()
