"""
Makes tensor_ops.json and tensor_ops.bin: what is typed between layers. Run by make.py, or alone. Each case draws its
numbers from a seed of its own, made of the op's and the case's name, so that a case that is added changes no other.
"""

import zlib

import numpy as np
import torch
from vectors import Vectors

VECTORS = Vectors("tensor_ops", 0)
draw, whole = VECTORS.draw, VECTORS.whole


def case(op, name, inputs, function, args=None, differentiable=None):
    """As Vectors.case; `inputs` is a function that draws them."""
    VECTORS.generator = np.random.default_rng(zlib.crc32(f"{op} {name}".encode()))
    VECTORS.case(op, name, inputs(), function, args, differentiable)


def scans():
    for shape, dim in (((), 0), ((7,), 0), ((3, 5), 0), ((3, 5), 1), ((2, 70, 3), 1), ((2, 1030), -1)):
        case("cumsum", f"{shape} dim {dim}", lambda: [draw(*shape)], lambda x: torch.cumsum(x, dim), {"dim": dim})


for part in (scans,):
    part()
VECTORS.write()
