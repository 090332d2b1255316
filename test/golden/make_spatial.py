#!/usr/bin/env python3
"""
Unpooling, padding, resizing, instance normalisation and 1-D transposed convolution. Run by make.py.
"""

import numpy as np
import torch
import torch.nn.functional as F
from vectors import Vectors, rounded

VECTORS = Vectors("spatial")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def distinct(*shape):
    """Numbers of which none equals another: maxima without ties."""
    size = int(np.prod(shape))
    return rounded(VECTORS.generator.permutation(size).reshape(shape) / size - 0.5)


def places(*shape, plane):
    """Indices into planes of so many elements, none twice in its plane."""
    n = shape[2] * shape[3]
    rows = [VECTORS.generator.permutation(plane)[:n] for _ in range(shape[0] * shape[1])]
    return rounded(np.stack(rows).reshape(shape))


def unpooling():
    for name, shape, size, args in [
        ("2x2", (2, 3, 3, 4), (6, 8), {"kernelSize": [2, 2]}),
        ("stride and padding", (1, 2, 4, 3), (7, 4), {"kernelSize": [3, 2], "stride": [2, 2], "padding": [1, 1]}),
        ("a size that is given", (2, 2, 3, 4), (7, 10), {"kernelSize": [2, 3], "outputSize": [7, 10]}),
    ]:
        sizes = (args["kernelSize"], args.get("stride", args["kernelSize"]), args.get("padding", [0, 0]))
        unpool = lambda x, i: F.max_unpool2d(x, i.long(), *sizes, output_size=size)
        case(
            "max_unpool2d",
            f"{name}, anywhere in the plane",
            lambda: [draw(*shape), places(*shape, plane=size[0] * size[1])],
            unpool,
            args,
            [True, False],
        )
        # What PyTorch calls the gradient of equal indices is not one: each gets all of dy.
        case(
            "max_unpool2d",
            f"{name}, equal indices",
            lambda: [draw(*shape), whole(*shape, high=5)],
            unpool,
            args,
            [False, False],
        )
    for name, shape, args in [
        ("2x2", (2, 3, 6, 8), {"kernelSize": [2, 2]}),
        ("a rest that no window holds", (1, 2, 7, 8), {"kernelSize": [3, 2], "stride": [3, 3]}),
        ("padding", (2, 2, 5, 6), {"kernelSize": [3, 2], "stride": [3, 2], "padding": [1, 1]}),
    ]:
        sizes = (args["kernelSize"], args.get("stride", args["kernelSize"]), args.get("padding", [0, 0]))

        def there_and_back(x):
            y, index = F.max_pool2d(x, *sizes, return_indices=True)
            return F.max_unpool2d(y, index, *sizes, output_size=shape[2:])

        case("max_pool2d_with_indices", name, lambda: [distinct(*shape)], there_and_back, args)


def padding():
    for mode in ("replicate", "circular"):
        for shape, pairs in [
            ((2, 3, 5), [2, 1]),
            ((2, 3, 4, 5), [1, 5, 3, 0]),
            ((1, 2, 1, 3), [0, 2, 1, 1]),
            ((1, 2, 3, 4, 3), [2, 1, 0, 3, 2, 1]),
        ]:
            case(
                "pad",
                f"{mode} {shape} {pairs}",
                lambda: [draw(*shape)],
                lambda x: F.pad(x, pairs, mode=mode),
                {"padding": pairs, "mode": mode},
            )
    case(
        "pad",
        "replicate, more than there is",
        lambda: [draw(2, 2, 3)],
        lambda x: F.pad(x, [7, 4], mode="replicate"),
        {"padding": [7, 4], "mode": "replicate"},
    )


def resizing():
    for mode in ("nearest-exact", "bicubic"):
        for shape, args in [
            ((2, 3, 4, 5), {"scaleFactor": 2}),
            ((1, 2, 7, 5), {"size": [3, 9]}),
            ((1, 1, 5, 6), {"scaleFactor": [1.7, 0.6]}),
            ((2, 1, 4, 3), {"scaleFactor": [1.2, 7]}),
            ((1, 2, 1, 2), {"size": [3, 5]}),
            ((1, 2, 4, 5), {"size": [4, 5]}),
        ]:
            for align in ({}, {"alignCorners": True}) if mode == "bicubic" else ({},):
                given = {**args, **align}
                sizes = {"size": args.get("size"), "scale_factor": args.get("scaleFactor")}
                if isinstance(sizes["scale_factor"], list):
                    sizes["scale_factor"] = tuple(float(f) for f in sizes["scale_factor"])
                case(
                    f"upsample_{mode.replace('-', '_')}",
                    f"{shape} {given}",
                    lambda: [draw(*shape)],
                    lambda x: F.interpolate(x, **sizes, mode=mode, align_corners=True if align else None),
                    given,
                )


def instance_norm():
    for name, shape, affine, args in [
        ("sequences", (2, 3, 7), 2, {}),
        ("images", (2, 4, 4, 5), 2, {}),
        ("images, whole fours", (3, 2, 4, 4), 2, {"eps": 0.01}),
        ("no affine", (2, 3, 3, 2), 0, {}),
        ("no bias", (1, 3, 5), 1, {}),
    ]:
        case(
            "instance_norm",
            name,
            lambda: [draw(*shape, low=-1, high=2)] + [draw(shape[1]) for _ in range(affine)],
            lambda x, w=None, b=None: F.instance_norm(x, weight=w, bias=b, **args),
            args,
        )


def conv_transpose1d():
    names = {"outputPadding": "output_padding"}
    for name, shape_x, shape_w, size_bias, args in [
        ("a window of 3", (2, 3, 6), (3, 2, 3), 2, {}),
        ("twice as long", (2, 4, 5), (4, 3, 4), 3, {"stride": 2, "padding": 1}),
        ("output padding, dilation", (1, 3, 4), (3, 2, 3), None, {"stride": 2, "dilation": 3, "outputPadding": 2}),
        ("groups", (2, 4, 5), (4, 3, 3), 6, {"groups": 2, "stride": 3, "padding": 2}),
        ("depthwise", (2, 3, 4), (3, 1, 2), 3, {"groups": 3, "stride": 2}),
    ]:
        case(
            "conv_transpose1d",
            name,
            lambda: [draw(*shape_x), draw(*shape_w)] + ([draw(size_bias)] if size_bias else []),
            lambda x, w, b=None: F.conv_transpose1d(x, w, b, **{names.get(k, k): v for k, v in args.items()}),
            args,
        )


unpooling()
padding()
resizing()
instance_norm()
conv_transpose1d()
