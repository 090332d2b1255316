"""The formula that weights, images and noise come from, in test/nn/noise.ts too: u(i, stream) in [-1, 1)."""

import math

import numpy as np
import torch


def noise(count, stream):
    i = np.arange(count, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(0x9E3779B1) + np.uint64(stream * 0x85EBCA77 & 0xFFFFFFFF)) & mask
    h = ((h ^ (h >> np.uint64(15))) * np.uint64(0x2C1B3C6D)) & mask
    h = ((h ^ (h >> np.uint64(12))) * np.uint64(0x297A2D39)) & mask
    h = h ^ (h >> np.uint64(15))
    return (h >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def filled(shape, stream, scale=1.0):
    values = (noise(math.prod(shape), stream) * scale).astype(np.float32).astype(np.float64)
    return torch.tensor(values).reshape(shape)
