"""
Ops on small tensors in which some numbers are edges: see make_edges.py. Each function adds its cases to `cases`.
"""

import numpy as np
import torch
import torch.nn.functional as F
from edge_numbers import INF, NAN, case, f32

ROWS = [
    [1, NAN, 3, 2],
    [-INF, -INF, -INF, -INF],
    [INF, 1, INF, -INF],
    [-INF, 2, 2, -1],
    [NAN, NAN, INF, 0],
    [1e38, 1e38, 1e38, -1e38],
    [0.5, -0.5, 0, 2],
    [INF, 1, 2, 3],
]
WIDE = 132  # long enough for the kernels that share a row


def wide(rows):
    """The rows with their last number repeated to WIDE columns, so that edges stand in different threads' parts."""
    return [[*([row[-1]] * (WIDE - 4 - 37 * i % 99)), *row, *([row[-1]] * (37 * i % 99))] for i, row in enumerate(rows)]


def reductions():
    def prod(x):
        return torch.prod(x, 1)

    args = {"dim": [1], "keepdim": False}
    for label, rows in (("rows", ROWS), ("long rows", wide(ROWS))):
        for name, function in (("sum", torch.sum), ("mean", torch.mean), ("max", torch.amax), ("min", torch.amin)):
            case(name, label, [rows], lambda x: function(x, [1]), args)
        if label == "rows":  # of long ones the order decides whether infinity meets a 0
            case("prod", label, [rows], prod, args, [False])
        case("logsumexp", label, [rows], lambda x: torch.logsumexp(x, [1]), args)
        for p in (1, 2, "inf"):
            case("norm", f"{label} {p}", [rows], lambda x: torch.norm(x, float(p), [1]), {**args, "p": p}, [p != "inf"])
        for name, function in (("argmax", torch.argmax), ("argmin", torch.argmin)):
            case(name, label, [rows], lambda x: function(x, 1), {"dim": 1}, [False])
        for name, function in (("var", torch.var), ("std", torch.std)):  # on CPUs PyTorch takes squares in float64
            case(
                name,
                label,
                [f32(rows).where(f32(rows).abs() != f32(1e38), f32(1e18))],
                lambda x: function(x, [1]),
                {"dim": [1]},
            )
        for name, function in (("softmax", F.softmax), ("log_softmax", F.log_softmax)):
            case(
                name,
                label,
                [rows],
                lambda x: function(x, 1),
                {"dim": 1},
                dy=f32(rows).nan_to_num(0.25, 1.0, -0.5).clamp(-2, 2),
            )
        case("normalize", label, [rows], lambda x: F.normalize(x, dim=1), {"dim": 1})
    columns = f32(ROWS).t().contiguous()
    for name, function in (("max", torch.amax), ("min", torch.amin), ("sum", torch.sum)):
        case(name, "columns", [columns], lambda x: function(x, [0]), {"dim": [0], "keepdim": False})


def losses():
    label = f32([0, 1, 1, 2, 3, 0, 1, 1])
    for reduction in ("none", "mean"):
        case(
            "cross_entropy",
            reduction,
            [ROWS, label],
            lambda x, t: F.cross_entropy(x, t.long(), reduction=reduction),
            {"reduction": reduction},
            [True, False],
        )
    case(
        "cross_entropy",
        "smoothing",
        [ROWS, label],
        lambda x, t: F.cross_entropy(x, t.long(), reduction="none", label_smoothing=0.1),
        {"reduction": "none", "labelSmoothing": 0.1},
        [True, False],
    )
    case(
        "cross_entropy",
        "all ignored",
        [[[0.5, 1, 2], [3, 1, 0]], [1, 1]],
        lambda x, t: F.cross_entropy(x, t.long(), ignore_index=1),
        {"ignoreIndex": 1},
        [True, False],
    )
    case(
        "cross_entropy",
        "all of weight 0",
        [[[0.5, 1, 2], [3, 1, 0]], [1, 1], [1, 0, 1]],
        lambda x, t, w: F.cross_entropy(x, t.long(), w),
        {},
        [True, False, False],
    )
    case(
        "cross_entropy",
        "some ignored, NaN among them",
        [[[NAN, 1, 2], [3, 1, 0]], [1, 0]],
        lambda x, t: F.cross_entropy(x, t.long(), ignore_index=1),
        {"ignoreIndex": 1},
        [True, False],
    )
    case(
        "nll_loss",
        "none",
        [ROWS, label],
        lambda x, t: F.nll_loss(x, t.long(), reduction="none"),
        {"reduction": "none"},
        [True, False],
    )
    case(
        "nll_loss",
        "all ignored",
        [[[-0.5, -1, -2], [-3, -1, 0]], [1, 1]],
        lambda x, t: F.nll_loss(x, t.long(), ignore_index=1),
        {"ignoreIndex": 1},
        [True, False],
    )
    a, b = [0.0, 1, NAN, INF, -INF, INF, 1e38, 2], [0.0, NAN, 1, INF, INF, 2, -1e38, 1]
    for name, function in (("mse_loss", F.mse_loss), ("l1_loss", F.l1_loss), ("smooth_l1_loss", F.smooth_l1_loss)):
        for reduction in ("mean", "none"):
            case(
                name,
                reduction,
                [a, b],
                lambda x, t: function(x, t, reduction=reduction),
                {"reduction": reduction, **({"beta": 1} if name[0] == "s" and name[1] == "m" else {})},
            )


PLANE = [
    [
        [[1, NAN, -1, -2], [3, 2, -3, -4], [-INF, -INF, INF, NAN], [-INF, -INF, 5, 6]],
        [[-INF, -1, 0.0, -0.0], [-2, -3, -0.0, 0.0], [NAN, NAN, 1, INF], [1, 2, 3, -INF]],
    ]
]


def pooling():
    for label, args in (
        ("2x2", {"kernelSize": [2, 2]}),
        ("3x3 stride 1 padding 1", {"kernelSize": [3, 3], "stride": [1, 1], "padding": [1, 1]}),
    ):
        sizes = (args["kernelSize"], args.get("stride", args["kernelSize"]), args.get("padding", [0, 0]))
        dy = F.max_pool2d(f32(PLANE), *sizes).nan_to_num(0.75, 1.25, -0.5).clamp(-2, 2) + 0.125
        case("max_pool2d", label, [PLANE], lambda x: F.max_pool2d(x, *sizes), args, dy=dy)
        case(
            "max_pool2d",
            f"{label} of relu",
            [PLANE],
            lambda x: F.max_pool2d(F.relu(x), *sizes),
            {**args, "activation": "relu"},
            dy=dy,
        )
        case("avg_pool2d", label, [PLANE], lambda x: F.avg_pool2d(x, *sizes), args)
    case("adaptive_max_pool2d", "to 2x2", [PLANE], lambda x: F.adaptive_max_pool2d(x, 2), {"outputSize": [2, 2]})
    case("adaptive_avg_pool2d", "to 1x1", [PLANE], lambda x: F.adaptive_avg_pool2d(x, 1), {"outputSize": [1, 1]})


def products():
    for size in (3, 8, 24):
        x = np.random.default_rng(size).uniform(-1, 1, (size, size)).astype(np.float32)
        w = np.random.default_rng(size + 1).uniform(-1, 1, (size, size)).astype(np.float32)
        x[0, 1], x[1, 0], x[2, 2], w[1, 0] = NAN, INF, -INF, -INF
        x, w = torch.tensor(x), torch.tensor(w)
        bias = torch.zeros(size)
        bias[1] = NAN
        case("matmul", f"{size}", [x, w], torch.matmul)
        for name, function in (("relu", F.relu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid)):
            case(
                "linear",
                f"{name} {size}",
                [x, w, bias],
                lambda x, w, b: function(F.linear(x, w, b)),
                {"activation": name},
            )
    for channels, out in ((1, 3), (4, 8)):
        x = np.random.default_rng(out).uniform(-1, 1, (2, channels, 6, 8)).astype(np.float32)
        w = np.random.default_rng(out + 1).uniform(-1, 1, (out, channels, 3, 3)).astype(np.float32)
        x[0, 0, 2, 3], x[1, 0, 0, 0], w[1, 0, 1, 1] = NAN, INF, INF
        for name, function in (("relu", F.relu), ("tanh", torch.tanh), ("sigmoid", torch.sigmoid)):
            case(
                "conv2d",
                f"{name} {channels} to {out}",
                [torch.tensor(x), torch.tensor(w)],
                lambda x, w: function(F.conv2d(x, w, padding=1)),
                {"padding": [1, 1], "activation": name},
            )


def norms():
    x = np.random.default_rng(5).uniform(-1, 1, (4, 4, 2, 2)).astype(np.float32)
    x[0, 0, 0, 0], x[1, 1, 0, 0], x[2, 2, 1, 1] = NAN, INF, -INF
    x = torch.tensor(x)
    w, b = f32([1, 2, -1, 0.5]), f32([0, 1, NAN, -0.5])
    one = f32([1, 1, 1, 1])
    dy = torch.tensor(np.random.default_rng(6).uniform(-1, 1, (4, 4, 2, 2)).astype(np.float32))
    norm = lambda x, w, b: F.batch_norm(x, None, None, w, b, True)
    case("batch_norm", "training", [x, w, b], norm, {"training": True}, dy=dy)
    case(
        "batch_norm",
        "training, relu",
        [x, w, b],
        lambda *t: F.relu(norm(*t)),
        {"training": True, "activation": "relu"},
        dy=dy,
    )
    case(
        "batch_norm",
        "training, relu, residual",
        [x, one, one, x.flip(0)],
        lambda x, w, b, r: F.relu(norm(x, w, b) + r),
        {"training": True, "activation": "relu"},
        dy=dy,
    )
    case("group_norm", "2 groups", [x, w, b], lambda x, w, b: F.group_norm(x, 2, w, b), {"numGroups": 2}, dy=dy)
    case(
        "layer_norm",
        "rows",
        [ROWS, one, one],
        lambda x, w, b: F.layer_norm(x, [4], w, b),
        {"normalizedShape": [4]},
        dy=dy[:2].reshape(8, 4),
    )


def choices():
    case(
        "where",
        "NaN counts as true",
        [[NAN, 0.0, -0.0, INF, 1, 0], [1, NAN, NAN, 4, INF, 6], [NAN, 2, 3, NAN, 5, -INF]],
        lambda c, a, b: torch.where(c != 0, a, b),
        {},
        [False, True, True],
    )


PARTS = (reductions, losses, pooling, products, norms, choices)
