#!/usr/bin/env python3
"""
Casting to half precision and back, of numbers and gradients that halves hold. See make.py.
"""

import torch
from vectors import Vectors


class HalfVectors(Vectors):
    """Draws numbers that are halves already, so that results are exact."""

    def draw(self, *shape, low=-1.0, high=1.0):
        return super().draw(*shape, low=low, high=high).half().double()


VECTORS = HalfVectors("f16")
for shape in ((7,), (3, 5)):
    x = VECTORS.draw(*shape, low=-1000, high=1000)
    VECTORS.case("cast", f"to f16 and back, {shape}", [x], lambda x: x.half().double(), {"dtype": "f16"})
VECTORS.case(
    "cast",
    "subnormal halves",
    [torch.tensor([2.0**-24, -(2.0**-20), 2.0**-15], dtype=torch.float64)],
    lambda x: x.half().double(),
    {"dtype": "f16"},
)
