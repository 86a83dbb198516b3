"""The networks over sequences in PyTorch's own layers."""

import numpy as np
import torch
from torch import nn

EPSILON = 1e-3  # monograd's, which is that of Keras


def module(name, weights):
    """The network without the softmax of its head."""
    w = {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in weights.items()}
    return {"lstm": Lstm, "transformer": Transformer}[name](w)


def tokens(x):
    """Values in 0 to 1 as one of 64."""
    return torch.from_numpy(np.floor(x * np.float32(64)).astype(np.int64))


def following(rows, steps):
    """What follows at every step of every row."""
    return torch.from_numpy((np.arange(rows)[:, None] * 7 + np.arange(steps) * 5) % 64)


def linear(weight, bias):
    made = nn.Linear(*weight.shape)
    made.weight.data, made.bias.data = weight.t().contiguous(), bias
    return made


class Lstm(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.lstm = nn.LSTM(w["lstm1.weight"].shape[0], w["lstm1.recurrent_weight"].shape[0], batch_first=True)
        self.lstm.weight_ih_l0.data = w["lstm1.weight"].t().contiguous()
        self.lstm.weight_hh_l0.data = w["lstm1.recurrent_weight"].t().contiguous()
        self.lstm.bias_ih_l0.data = w["lstm1.bias"]
        # One bias is enough; a second that is trained would learn the same again.
        self.lstm.bias_hh_l0.data.zero_()
        self.lstm.bias_hh_l0.requires_grad_(False)
        self.dense = linear(w["dense1.weight"], w["dense1.bias"])

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(w["embedding1.weight"], freeze=False)
        self.positions = nn.Parameter(w["position_embedding1.weight"])
        steps, width = self.positions.shape
        turns, _, hidden = w["dense1.weight"].shape
        make = lambda: nn.TransformerEncoderLayer(width, 4, hidden, 0.0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.ModuleList(block(make(), w, turn) for turn in range(turns))
        self.mask = nn.Transformer.generate_square_subsequent_mask(steps)
        self.dense = linear(w["dense3.weight"], w["dense3.bias"])

    def forward(self, x):
        x = self.embedding(x) + self.positions
        for block in self.blocks:
            x = block(x, src_mask=self.mask, is_causal=True)
        return self.dense(x).transpose(1, 2)


def block(made, w, turn):
    def part(name):
        return w[name][turn]

    parts = ("query", "key", "value")
    attention = made.self_attn
    attention.in_proj_weight.data = torch.cat([part(f"attention1.{p}") for p in parts], 1).t().contiguous()
    attention.in_proj_bias.data = torch.cat([part(f"attention1.{p}_bias") for p in parts])
    attention.out_proj = linear(part("attention1.output"), part("attention1.output_bias"))
    made.linear1 = linear(part("dense1.weight"), part("dense1.bias"))
    made.linear2 = linear(part("dense2.weight"), part("dense2.bias"))
    for norm, name in ((made.norm1, "layer_norm1"), (made.norm2, "layer_norm2")):
        norm.eps = EPSILON
        norm.weight.data, norm.bias.data = part(f"{name}.gamma"), part(f"{name}.beta")
    return made
