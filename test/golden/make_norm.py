#!/usr/bin/env python3
"""
Normalisations, and runs of networks with batch-norm. See make.py.

A run is ten steps of SGD from given weights on given batches: the loss of each step, and the state dict before and
after.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from vectors import Vectors, rounded

VECTORS = Vectors("norm")
draw, store, case = VECTORS.draw, VECTORS.store, VECTORS.case


def running_statistics(channels):
    """The same formula as in src/cases/ops/norm.ts."""
    c = np.arange(channels)
    return rounded((c * 37 % 11) / 8 - 0.5), rounded(0.5 + (c * 29 % 7) / 8)


def batch_norm():
    shapes = [
        ("features", (6, 5)),
        ("sequences", (3, 4, 7)),
        ("images", (3, 4, 5, 6)),
        ("images, whole fours", (2, 3, 4, 4)),
    ]
    for name, shape in shapes:
        x, w, b = draw(*shape, low=-1, high=2), draw(shape[1]), draw(shape[1])
        mean, var = running_statistics(shape[1])
        case(
            "batch_norm",
            f"{name}, training",
            [x, w, b],
            lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
            {"training": True},
        )
        case(
            "batch_norm",
            f"{name}, evaluation",
            [x, w, b],
            lambda x, w, b: F.batch_norm(x, mean, var, w, b),
            {"training": False},
        )
    x = draw(4, 3, 5)
    case(
        "batch_norm",
        "no affine, eps",
        [x],
        lambda x: F.batch_norm(x, None, None, None, None, True, eps=0.01),
        {"training": True, "eps": 0.01},
    )
    case(
        "batch_norm",
        "no bias, evaluation",
        [x, draw(3)],
        lambda x, w: F.batch_norm(x, *running_statistics(3), w, None),
        {"training": False},
    )


def row_norms():
    for shape, trailing in (((5, 7), (7,)), ((2, 3, 8), (8,)), ((2, 3, 4, 5), (4, 5)), ((3, 2, 3, 2), (2, 3, 2))):
        inputs = [draw(*shape, low=-1, high=2), draw(*trailing), draw(*trailing)]
        case(
            "layer_norm",
            f"{shape} over {trailing}",
            inputs,
            lambda x, w, b: F.layer_norm(x, trailing, w, b),
            {"normalizedShape": list(trailing)},
        )
    case(
        "layer_norm",
        "no affine, eps",
        [draw(4, 6)],
        lambda x: F.layer_norm(x, (6,), eps=0.01),
        {"normalizedShape": [6], "eps": 0.01},
    )
    for shape, groups in (
        ((3, 6), 2),
        ((2, 8), 2),
        ((2, 6, 5), 3),
        ((2, 4, 3, 5), 1),
        ((2, 4, 2, 4), 4),
        ((1, 6, 4, 4), 2),
    ):
        inputs = [draw(*shape, low=-1, high=2), draw(shape[1]), draw(shape[1])]
        case(
            "group_norm",
            f"{shape} in {groups} groups",
            inputs,
            lambda x, w, b: F.group_norm(x, groups, w, b),
            {"numGroups": groups},
        )
    case(
        "group_norm",
        "no affine, eps",
        [draw(2, 4, 3)],
        lambda x: F.group_norm(x, 2, eps=0.01),
        {"numGroups": 2, "eps": 0.01},
    )


def local_response_norm():
    rows = [
        ((2, 7, 3, 5), {}),
        ((2, 7, 4, 3), {"size": 5, "alpha": 0.9, "beta": 0.75, "k": 2.0}),
        ((2, 6, 5), {"size": 4, "alpha": 0.5, "beta": 0.6, "k": 1.5}),
        ((1, 3, 2, 3), {"size": 9, "alpha": 2.0, "beta": 1.25, "k": 0.5}),
    ]
    for shape, settings in rows:
        args = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0, **settings}
        case(
            "local_response_norm",
            f"{shape} {settings}",
            [draw(*shape, low=-3, high=3)],
            lambda x: F.local_response_norm(x, **args),
            args,
        )


STEPS, BATCH = 10, 6
runs = []


def run(name, model, shape, classes, settings):
    """Weights are drawn anew, so that PyTorch's generator does not matter; float64 throughout."""
    model = model.double()
    with torch.no_grad():
        for parameter in model.parameters():
            fan_in = max(1, parameter[0].numel())
            parameter.copy_(
                draw(*parameter.shape) / np.sqrt(fan_in) if parameter.dim() > 1 else 1 + 0.2 * draw(*parameter.shape)
            )
            parameter.copy_(rounded(parameter))
    start = {key: store(value.double()) for key, value in model.state_dict().items()}
    x, label = draw(STEPS, BATCH, *shape), VECTORS.whole(STEPS, BATCH, high=classes)
    optimizer = torch.optim.SGD(model.parameters(), **settings)
    losses = []
    for images, labels in zip(x, label):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels.long())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    end = {key: store(value.double()) for key, value in model.state_dict().items()}
    model.eval()
    runs.append(
        {
            "name": name,
            "settings": settings,
            "start": start,
            "x": store(x),
            "label": store(label),
            "losses": losses,
            "end": end,
            "evaluated": store(model(x[0])),
        }
    )


def batch_norm_runs():
    convolutional = nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 5, 3, stride=2),
        nn.BatchNorm2d(5, momentum=None),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(45, 4),
    )
    run("conv2d, batch_norm", convolutional, (2, 8, 8), 4, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01})
    perceptron = nn.Sequential(
        nn.Linear(9, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3)
    )
    run("linear, batch_norm, layer_norm", perceptron, (9,), 3, {"lr": 0.1})


for part in (batch_norm, row_norms, local_response_norm, batch_norm_runs):
    part()
VECTORS.write(runs=runs)
