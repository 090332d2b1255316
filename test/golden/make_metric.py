#!/usr/bin/env python3
"""
Vectors of length 1, ArcFace and the supervised contrastive loss, written out from
their papers' formulas. See make.py, which runs this too.
"""

import math

import torch
import torch.nn.functional as F
from vectors import Vectors, rounded

VECTORS = Vectors("metric")
draw, whole, case = VECTORS.draw, VECTORS.whole, VECTORS.case


def lengths():
    case("normalize", "rows", [draw(5, 7, low=-3, high=3)], lambda x: F.normalize(x, dim=-1))
    case("normalize", "columns", [draw(5, 7, low=-3, high=3)], lambda x: F.normalize(x, dim=0), {"dim": 0})


def arc_face(x, w, label, margin, scale):
    """With an arccos, as the paper writes it; past pi the authors' line."""
    cosine = F.linear(F.normalize(x), F.normalize(w))
    angle = torch.arccos(cosine)
    moved = torch.where(angle + margin < math.pi, torch.cos(angle + margin), cosine - margin * math.sin(margin))
    return F.cross_entropy(
        scale * torch.where(F.one_hot(label.long(), len(w)) == 1, moved, cosine), label.long(), reduction="none"
    )


def arc_faces():
    for margin, scale in ((0.5, 64), (0.3, 16), (0, 8), (1.4, 4)):
        inputs = [draw(9, 6), draw(5, 6), whole(9, high=5)]
        case(
            "arc_face",
            f"margin {margin}, scale {scale}",
            inputs,
            lambda x, w, t: arc_face(x, w, t, margin, scale),
            {"margin": margin, "scale": scale},
            [True, True, False],
        )
    inputs = [
        rounded([[1, 0.1, 0], [0, -1, 0.2], [-1, 0, 0.1]]),
        rounded([[-1, 0, 0], [0, 1, 0.1]]),
        rounded([0, 1, 0]),
    ]
    case(
        "arc_face",
        "opposite directions",
        inputs,
        lambda x, w, t: arc_face(x, w, t, 0.5, 16),
        {"margin": 0.5, "scale": 16},
        [True, True, False],
    )


def contrastive(x, label, temperature):
    """Loops over anchors and positives."""
    z = F.normalize(x)
    losses = []
    for i in range(len(x)):
        others = [a for a in range(len(x)) if a != i]
        positives = [p for p in others if label[p] == label[i]]
        total = torch.logsumexp(torch.stack([z[i] @ z[a] / temperature for a in others]), 0)
        losses.append(
            -sum((z[i] @ z[p] / temperature - total for p in positives), torch.zeros((), dtype=x.dtype))
            / max(1, len(positives))
        )
    return torch.stack(losses)


def contrastives():
    for temperature in (0.1, 0.5):
        for reduction, reduce in (("none", lambda y: y), ("mean", torch.mean)):
            case(
                "supervised_contrastive",
                f"{temperature}, {reduction}",
                [draw(10, 6), whole(10, high=4)],
                lambda x, t: reduce(contrastive(x, t, temperature)),
                {"classes": 4, "temperature": temperature, "reduction": reduction},
                [True, False],
            )
    alone = rounded([0, 1, 2, 2, 3])
    case(
        "supervised_contrastive",
        "some alone",
        [draw(5, 4), alone],
        lambda x, t: contrastive(x, t, 0.1),
        {"classes": 6, "reduction": "none"},
        [True, False],
    )


def similarities():
    case(
        "cosine_similarity",
        "rows with rows",
        lambda: [draw(5, 7), draw(3, 7)],
        lambda x, w: F.cosine_similarity(x[:, None], w[None], dim=-1),
    )


for part in (lengths, arc_faces, contrastives, similarities):
    part()
