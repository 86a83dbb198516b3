"""The network of `examples/mnist.rs` in PyTorch, trained on the same data: seconds per epoch and test accuracy.

    python -m venv venv && venv/bin/pip install torch==2.15.0 numpy
    MALLOC_MMAP_THRESHOLD_=1000000000 MALLOC_TRIM_THRESHOLD_=4000000000 MALLOC_TOP_PAD_=67108864 \
        venv/bin/python benches/peers/mnist_pytorch.py [epochs] [threads] [channels_last | contiguous]

The settings of malloc keep freed memory, which makes PyTorch up to twice as fast on a CPU.
"""

import gzip
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

DATA = Path(__file__).parents[2] / "datasets" / "mnist"
BATCH = 128


def idx(name, header):
    """The bytes of an IDX file after its header."""
    with gzip.open(DATA / f"{name}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def load(part):
    """Images [n, 1, 28, 28] in 0 to 1, and labels."""
    images = idx(f"{part}-images-idx3", 16).reshape(-1, 1, 28, 28).astype(np.float32) / 255
    labels = idx(f"{part}-labels-idx1", 8).astype(np.int64)
    return torch.from_numpy(images), torch.from_numpy(labels)


def main(epochs=2, threads=2, layout="channels_last"):
    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    (images, labels), (test_images, test_labels) = load("train"), load("t10k")
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(5408, 128), nn.ReLU(), nn.Linear(128, 10),
    )
    if layout == "channels_last":
        net = net.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    cross_entropy = nn.CrossEntropyLoss()
    for epoch in range(1, int(epochs) + 1):
        start = time.perf_counter()
        for batch in torch.randperm(len(images)).split(BATCH):
            adam.zero_grad(set_to_none=True)
            cross_entropy(net(images[batch]), labels[batch]).backward()
            adam.step()
        seconds = time.perf_counter() - start
        with torch.no_grad():
            accuracy = (net(test_images).argmax(1) == test_labels).float().mean().item()
        print(f"epoch {epoch}: {seconds:.2f} s, test accuracy {accuracy:.4f}", flush=True)


main(*sys.argv[1:])
