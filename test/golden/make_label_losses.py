#!/usr/bin/env python3
"""
Focal loss over softmax, of log_softmax as its paper writes it, and binary cross-entropy of one-hot targets as timm's
BinaryCrossEntropy makes them, summed over classes. See make.py.
"""

import itertools

import torch
import torch.nn.functional as F
from vectors import Vectors, rounded

VECTORS = Vectors("label_losses")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def reduced(loss, weight, reduction):
    return loss if reduction == "none" else loss.sum() / (weight.sum() if reduction == "mean" else 1)


def focal(gamma, reduction):
    def loss(x, t, w=None):
        weight = torch.ones(x.shape[1], dtype=x.dtype) if w is None else w
        log_p = F.log_softmax(x, 1).gather(1, t.long().unsqueeze(1)).squeeze(1)
        counted = weight[t.long()]
        return reduced(-counted * (1 - log_p.exp()) ** gamma * log_p, counted, reduction)

    return loss


def binary(smoothing, reduction):
    def loss(x, t, w=None):
        weight = torch.ones(x.shape[1], dtype=x.dtype) if w is None else w
        one_hot = torch.movedim(F.one_hot(t.long(), x.shape[1]).to(x.dtype), -1, 1)
        target = one_hot * (1 - smoothing) + smoothing / x.shape[1]
        counted = weight[t.long()]
        rows = F.binary_cross_entropy_with_logits(x, target, reduction="none").sum(1)
        return reduced(counted * rows, counted, reduction)

    return loss


LOSSES = (
    ("focal_loss", focal, "gamma", (0, 0.5, 2, 5)),
    ("binary_cross_entropy_with_labels", binary, "labelSmoothing", (0, 0.1)),
)
for (op, function, name, settings), (shape, labels), reduction, has_weight in itertools.product(
    LOSSES, (((6, 5), (6,)), ((3, 4, 2), (3, 2))), ("mean", "sum", "none"), (False, True)
):
    for setting in settings:
        inputs = [draw(*shape, low=-4, high=4), whole(*labels, high=shape[1])]
        case(
            op,
            f"{shape} weight {has_weight} {reduction} {name} {setting}",
            inputs + ([draw(shape[1], low=0.2, high=2)] if has_weight else []),
            function(setting, reduction),
            {"reduction": reduction, name: setting},
            [True] + [False] * (1 + has_weight),
        )
for op, function, name, settings in LOSSES:
    # right by far, and wrong by far: where a probability is close to 1 or 0
    x = rounded([[12, -3, 0.5], [30, 0, 1], [-40, 3, 2], [3, 3, 3]])
    args = {"reduction": "none", name: settings[-1]}
    case(op, "far from even", [x, rounded([0, 0, 0, 1])], function(settings[-1], "none"), args, [True, False])
