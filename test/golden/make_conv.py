#!/usr/bin/env python3
"""
Convolutions (padding 'same' and 'valid', grouped, depthwise, 1-D, transposed) and
pooling with all of its options, by PyTorch. See make.py.
"""

import torch
import torch.nn.functional as F
from vectors import Vectors

VECTORS = Vectors("conv")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case

NAMES = {
    "kernelSize": "kernel_size",
    "ceilMode": "ceil_mode",
    "countIncludePad": "count_include_pad",
    "divisorOverride": "divisor_override",
    "outputPadding": "output_padding",
}


def torch_arguments(args):
    return {NAMES.get(key, key): value for key, value in args.items()}


def convolution(op, function, rows):
    for name, shape_x, shape_w, size_bias, args in rows:
        inputs = [draw(*shape_x), draw(*shape_w)] + ([draw(size_bias)] if size_bias else [])
        case(op, name, inputs, lambda x, w, b=None: function(x, w, b, **torch_arguments(args)), args)


def convolutions():
    convolution(
        "conv2d",
        F.conv2d,
        [
            ("same, odd window", (2, 3, 5, 6), (4, 3, 3, 5), 4, {"padding": "same"}),
            ("same, even window: more padding at the end", (2, 2, 5, 6), (3, 2, 2, 4), 3, {"padding": "same"}),
            (
                "same, dilation that makes an odd total",
                (1, 2, 6, 7),
                (2, 2, 2, 4),
                None,
                {"padding": "same", "dilation": [3, 1]},
            ),
            ("valid, stride 2", (2, 2, 6, 7), (3, 2, 3, 2), 3, {"padding": "valid", "stride": [2, 2]}),
            (
                "groups 3 of several channels",
                (2, 6, 5, 4),
                (9, 2, 3, 3),
                9,
                {"groups": 3, "stride": [2, 1], "padding": [1, 1]},
            ),
            (
                "depthwise, same, dilation 2",
                (2, 5, 6, 5),
                (5, 1, 3, 3),
                5,
                {"groups": 5, "padding": "same", "dilation": [2, 2]},
            ),
            (
                "depthwise, multiplier 3, stride 2",
                (1, 3, 7, 8),
                (9, 1, 3, 2),
                None,
                {"groups": 3, "stride": [2, 2], "padding": [1, 0]},
            ),
        ],
    )
    convolution(
        "conv1d",
        F.conv1d,
        [
            ("padding 1", (2, 3, 9), (4, 3, 3), 4, {"padding": 1}),
            ("stride 2, dilation 3", (2, 2, 14), (3, 2, 4), None, {"stride": 2, "dilation": 3, "padding": 2}),
            ("same, even window", (2, 3, 7), (2, 3, 4), 2, {"padding": "same"}),
            ("depthwise", (2, 4, 8), (4, 1, 3), 4, {"groups": 4}),
        ],
    )
    convolution(
        "conv_transpose2d",
        F.conv_transpose2d,
        [
            ("3x3", (2, 3, 4, 5), (3, 2, 3, 3), 2, {}),
            (
                "4x4, stride 2, padding 1: twice as large",
                (2, 4, 4, 3),
                (4, 3, 4, 4),
                3,
                {"stride": [2, 2], "padding": [1, 1]},
            ),
            (
                "output padding",
                (1, 3, 3, 4),
                (3, 2, 3, 3),
                2,
                {"stride": [2, 3], "padding": [1, 1], "outputPadding": [1, 2]},
            ),
            (
                "output padding below the dilation",
                (1, 2, 3, 4),
                (2, 3, 2, 3),
                None,
                {"dilation": [3, 2], "outputPadding": [2, 1]},
            ),
            (
                "dilation and stride",
                (2, 2, 3, 3),
                (2, 2, 3, 2),
                2,
                {"stride": [2, 1], "dilation": [2, 3], "padding": [2, 1]},
            ),
            (
                "groups 2",
                (2, 4, 3, 4),
                (4, 3, 3, 3),
                6,
                {"groups": 2, "stride": [2, 2], "padding": [1, 1], "outputPadding": [1, 1]},
            ),
            ("depthwise", (2, 3, 4, 4), (3, 1, 2, 2), 3, {"groups": 3, "stride": [2, 2]}),
            ("1x1", (2, 3, 3, 2), (3, 5, 1, 1), 5, {}),
            ("gaps that see nothing", (1, 1, 2, 3), (1, 1, 2, 2), 1, {"stride": [4, 3]}),
        ],
    )


def pooling():
    # Planes and windows here are those of src/cases/ops/pool.ts where options allow: each is a pipeline.
    both = [
        ("3x3 stride 2, overlapping", (1, 2, 7, 9), {"kernelSize": [3, 3], "stride": [2, 2]}),
        ("2x2 stride 1", (1, 3, 5, 6), {"kernelSize": [2, 2], "stride": [1, 1]}),
        ("ceil mode", (1, 3, 6, 8), {"kernelSize": [3, 3], "stride": [2, 2], "ceilMode": True}),
        (
            "ceil mode, no window in the padding alone",
            (2, 1, 5, 7),
            {"kernelSize": [2, 2], "stride": [3, 4], "padding": [1, 1], "ceilMode": True},
        ),
    ]
    largest = [
        ("dilation", (1, 2, 9, 8), {"kernelSize": [3, 2], "stride": [1, 2], "dilation": [2, 3], "padding": [1, 1]}),
        (
            "dilation, ceil mode",
            (1, 2, 10, 9),
            {"kernelSize": [2, 3], "stride": [3, 2], "dilation": [3, 2], "padding": [1, 0], "ceilMode": True},
        ),
    ]
    average = [
        (
            "padding does not count",
            (2, 2, 7, 8),
            {"kernelSize": [3, 3], "stride": [2, 2], "padding": [1, 1], "countIncludePad": False},
        ),
        (
            "ceil mode with padding",
            (2, 2, 6, 7),
            {"kernelSize": [3, 2], "stride": [2, 2], "padding": [1, 1], "ceilMode": True},
        ),
        (
            "ceil mode, padding does not count",
            (2, 2, 6, 7),
            {"kernelSize": [3, 2], "stride": [2, 2], "padding": [1, 1], "ceilMode": True, "countIncludePad": False},
        ),
        ("divisor", (1, 2, 6, 8), {"kernelSize": [2, 2], "divisorOverride": 3}),
        (
            "divisor, overlapping windows and padding",
            (1, 2, 7, 5),
            {"kernelSize": [3, 3], "stride": [1, 2], "padding": [1, 1], "divisorOverride": -5},
        ),
        ("the whole plane", (2, 3, 7, 5), {"kernelSize": [7, 5]}),
    ]
    for name, shape, args in both + largest:
        function = lambda x: F.max_pool2d(x, **torch_arguments(args))
        case("max_pool2d", name, [draw(*shape)], function, args)
        case("max_pool2d", f"{name}, ties", [whole(*shape, high=2)], function, args)
    for name, shape, args in both + average:
        case("avg_pool2d", name, [draw(*shape)], lambda x: F.avg_pool2d(x, **torch_arguments(args)), args)
    for name, shape, size in [
        ("global", (2, 2, 7, 5), [1, 1]),
        ("windows of one size", (1, 2, 8, 6), [4, 3]),
        ("windows of several sizes", (1, 2, 13, 10), [6, 4]),
        ("larger than x", (1, 2, 3, 5), [7, 6]),
        ("one size as it is", (2, 2, 7, 6), [3, None]),
    ]:
        args = {"outputSize": size}
        case("adaptive_avg_pool2d", name, [draw(*shape)], lambda x: F.adaptive_avg_pool2d(x, size), args)
        case("adaptive_max_pool2d", name, [draw(*shape)], lambda x: F.adaptive_max_pool2d(x, size), args)
        case(
            "adaptive_max_pool2d",
            f"{name}, ties",
            [whole(*shape, high=2)],
            lambda x: F.adaptive_max_pool2d(x, size),
            args,
        )


def fused():
    """y = activation(convolution + bias + residual), composed of its parts."""
    for activation, shape_residual, args in [
        ("relu", None, {"padding": [1, 1]}),
        ("tanh", None, {"stride": [2, 1]}),
        ("sigmoid", (2, 5, 6, 8), {"padding": "same"}),
        ("relu", (2, 5, 6, 8), {"padding": [1, 1]}),
        (None, (2, 5, 6, 8), {"padding": [1, 1]}),
    ]:
        inputs = [draw(2, 3, 6, 8), draw(5, 3, 3, 3), draw(5)] + ([draw(*shape_residual)] if shape_residual else [])
        act = getattr(torch, activation) if activation else lambda v: v
        function = lambda x, w, b, r=None: act(F.conv2d(x, w, b, **torch_arguments(args)) + (0 if r is None else r))
        case(
            "conv2d",
            f"{activation} in the same kernel{', residual' if shape_residual else ''}",
            inputs,
            function,
            {**args, "activation": activation},
        )


convolutions()
pooling()
fused()
