#!/usr/bin/env python3
"""
Ops that take another one's work into their passes, composed from PyTorch's parts.
See make.py.
"""

import numpy as np
import torch.nn.functional as F
from vectors import Vectors, rounded

VECTORS = Vectors("fused")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def max_pool2d_relu():
    for name, shape, args in (
        ("2x2, rows of fours", (2, 3, 6, 8), {"kernelSize": [2, 2]}),
        ("2x2, even rows", (2, 2, 5, 6), {"kernelSize": [2, 2]}),
        ("overlapping, padding", (2, 2, 7, 5), {"kernelSize": [3, 3], "stride": [2, 2], "padding": [1, 1]}),
    ):
        sizes = (args["kernelSize"], args.get("stride", args["kernelSize"]), args.get("padding", [0, 0]))
        case(
            "max_pool2d",
            f"relu, {name}",
            [draw(*shape, low=-1, high=0.5)],
            lambda x: F.max_pool2d(F.relu(x), *sizes),
            {**args, "activation": "relu"},
        )


def running_statistics(channels):
    """The same formula as in src/cases/ops/norm.ts."""
    c = np.arange(channels)
    return rounded((c * 37 % 11) / 8 - 0.5), rounded(0.5 + (c * 29 % 7) / 8)


def batch_norm_relu():
    for shape in ((6, 5), (3, 4, 7), (2, 3, 4, 4), (2, 3, 5, 6)):
        for training in (True, False):
            mean, var = running_statistics(shape[1])
            x, w, b, residual = draw(*shape, low=-1, high=2), draw(shape[1]), draw(shape[1]), draw(*shape)
            statistics = (None, None) if training else (mean, var)
            normal = lambda x, w, b: F.batch_norm(x, *statistics, w, b, training)
            name = f"{shape}, {'training' if training else 'evaluation'}"
            case(
                "batch_norm",
                f"relu, {name}",
                [x, w, b],
                lambda x, w, b: F.relu(normal(x, w, b)),
                {"training": training, "activation": "relu"},
            )
            case(
                "batch_norm",
                f"relu, residual, {name}",
                [x, w, b, residual],
                lambda x, w, b, r: F.relu(normal(x, w, b) + r),
                {"training": training, "activation": "relu"},
            )
            case(
                "batch_norm",
                f"residual, {name}",
                [x, w, b, residual],
                lambda x, w, b, r: normal(x, w, b) + r,
                {"training": training},
            )


def linear_cross_entropy():
    """100 classes in windows of 64, and in one."""
    for reduction in ("mean", "sum", "none"):
        for smoothing, elements, has_bias in ((0, 6 * 64, True), (0.1, 6 * 64, True), (0.1, None, False)):
            inputs = [draw(6, 5), draw(100, 5), whole(6, high=100)] + ([draw(100)] if has_bias else [])
            args = {
                "reduction": reduction,
                **({"labelSmoothing": smoothing} if smoothing else {}),
                **({"windowElements": elements} if elements else {}),
            }
            function = lambda x, w, t, b=None: F.cross_entropy(
                F.linear(x, w, b), t.long(), reduction=reduction, label_smoothing=smoothing
            )
            case(
                "linear_cross_entropy",
                f"{args}, bias {has_bias}",
                inputs,
                function,
                args,
                [True, True, False, True][: len(inputs)],
            )


for part in (max_pool2d_relu, batch_norm_relu, linear_cross_entropy):
    part()
